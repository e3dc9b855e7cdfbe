/*
 * Is:        tests of the canonical text of grants.
 * Is not:    a test of approvals.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <string.h>

#include "policy/grant.h"
#include "testing/test.h"

#define FIRST "slagboom-grant/1\nid 00112233445566778899aabbccddeeff\noperator Kustnet B.V.\npolicy " \
	"0000000000000000000000000000000000000000000000000000000000000000\nrule maintenance\n" \
	"engineer wei.zhang\nsupplier meridian\nemployer Meridian Networks B.V.\ncontrolled-from CN\n"
#define LISTS "asset crm\nasset hlr1\nclass read-config\nclass session\nchannel exec\nchannel terminal\n"
#define REST "not-before 2026-11-23T08:00:00Z\nnot-after 2026-11-23T12:00:00Z\nsession-max 14400\n" \
	"clear-subscribers 20\nclear-customers 0\nopaque 65536\napprovals 2\nrole approver\n" \
	"requested 2026-11-23T07:55:00Z\nanswer-by 2026-11-23T08:25:00Z\n"
#define LAST "purpose replace the card in rack 3\nticket CHG-1234\n"

static const char good[] = FIRST LISTS REST LAST;

static bool reads(const char *text)
{
	struct grant g;

	return grant_parse(rd_str(text), &g) == 0;
}

TEST(other_texts_are_refused)
{
	CHECK(!reads(""));
	CHECK(!reads(FIRST LISTS REST LAST "x"));
	CHECK(!reads("\n" FIRST LISTS REST LAST));
	CHECK(!reads(FIRST "asset hlr1\nasset crm\nclass session\nchannel exec\n" REST LAST));
	CHECK(!reads(FIRST "asset crm\nasset crm\nclass session\nchannel exec\n" REST LAST));
	CHECK(!reads(FIRST "class session\nchannel exec\n" REST LAST));
	CHECK(!reads(FIRST "asset ../x\nclass session\nchannel exec\n" REST LAST));
	CHECK(!reads(FIRST LISTS REST "purpose \nticket x\n"));
	CHECK(!reads(FIRST LISTS REST "purpose  x\nticket x\n"));
	CHECK(!reads(FIRST LISTS REST "purpose x \nticket x\n"));
	CHECK(!reads(FIRST LISTS REST "purpose a\xe2\x80\xae" "b\nticket x\n"));
	CHECK(!reads(FIRST LISTS REST "purpose a\tb\nticket x\n"));
	CHECK(!reads(FIRST LISTS REST "purpose a\r\nticket x\n"));
	CHECK(!reads(FIRST LISTS REST "ticket x\npurpose x\n"));
}

/* Any one byte changed, dropped or doubled gives no grant or another one. */
TEST(one_byte_makes_another_grant)
{
	char text[sizeof(good) + 1];
	struct grant g;
	size_t n = sizeof(good) - 1;

	CHECK(reads(good));
	for (size_t i = 0; i < n; i++) {
		memcpy(text, good, sizeof(good));
		memmove(&text[i], &text[i + 1], n - i);
		CHECK(!reads(text) || strcmp(text, good) != 0);
		for (int c = 0; c < 256; c++) {
			AUTO(buf_done) struct buf back = { 0 };
			memcpy(text, good, sizeof(good));
			text[i] = (char)c;
			if (grant_parse(rd_of(text, n), &g) != 0)
				continue;
			buf_init(&back, GRANT_MAX);
			CHECK(grant_write(&g, &back));
			CHECK_RD(buf_rd(&back), rd_of(text, n));
		}
	}
}

TEST(writing_refuses_what_would_not_read_back)
{
	AUTO(buf_done) struct buf out = { 0 };
	struct grant g, bad;

	CHECK_INT(grant_parse(rd_str(good), &g), 0);
	buf_init(&out, GRANT_MAX);
#define REFUSED(change) do { bad = g; change; CHECK(!grant_write(&bad, &out)); } while (0)
	REFUSED(bad.purpose = rd_str("a\nticket y"));
	REFUSED(bad.engineer = rd_str("a b"));
	REFUSED(bad.assets.n = 0);
	REFUSED(bad.assets.at[1] = bad.assets.at[0]);
	REFUSED(bad.approvals = 0);
	REFUSED(bad.not_after = bad.not_before);
	REFUSED(bad.answer_by = bad.requested - 1);
	REFUSED(bad.not_before = -1);
	REFUSED(bad.session_max = 0);
	REFUSED(bad.id = rd_str("00112233445566778899AABBCCDDEEFF"));
	REFUSED(memset(&bad, 0, sizeof(bad)));
	CHECK_U64(out.len, 0);
}

TEST(a_grant_covers_only_what_it_names)
{
	struct grant g;
	struct grant_use ok = {
		.engineer = rd_str("wei.zhang"), .asset = rd_str("hlr1"), .cls = rd_str("read-config"),
		.channel = rd_str("terminal"), .now = 1795422600, .age = 60, .clear = { 20, 0 }, .opaque = 65536,
	}, u;

	CHECK_INT(grant_parse(rd_str(good), &g), 0);
	CHECK_INT(grant_covers(&g, &ok), GRANT_OK);
#undef REFUSED
#define REFUSED(change, why) do { u = ok; change; CHECK_INT(grant_covers(&g, &u), why); } while (0)
	REFUSED(u.engineer = rd_str("wei.zhan"), GRANT_OTHER_PERSON);
	REFUSED(u.asset = rd_str("hlr2"), GRANT_OTHER_ASSET);
	REFUSED(u.cls = rd_str("trace"), GRANT_OTHER_CLASS);
	REFUSED(u.channel = rd_str("file"), GRANT_OTHER_CHANNEL);
	REFUSED(u.now = g.not_before - 1, GRANT_TOO_EARLY);
	REFUSED(u.now = g.not_after, GRANT_OVER);
	REFUSED(u.age = 14401, GRANT_SESSION_OVER);
	REFUSED(u.clear[0] = 21, GRANT_CLEAR);
	REFUSED(u.clear[1] = 1, GRANT_CLEAR);
	REFUSED(u.opaque = 65537, GRANT_OPAQUE);
}

/*
 * Is:        requests that an officer files for an engineer who will come.
 * Is not:    an approval, or the engineer's own request (sessions.h).
 * Called by: verbs.
 * Owns:      nothing.
 * Trust:     arguments are hostile text.
 */
#include "policy/scalar.h"
#include "proc/desk/officers.h"
#include "proc/desk/requests.h"
#include "proc/desk/verbs.h"
#include "proc/desk/world.h"
#include "proc/talk/desk_proto.h"

void verb_request(struct question *q)
{
	AUTO(buf_done) struct buf place = { 0 };
	const struct world *w = world_now();
	int e = world_engineer(w, question_arg(q, 0)), a = policy_asset(w->policy, question_arg(q, 1)),
	    channel = scalar_index(question_arg(q, 2), policy_channels, CHANNEL_N);
	char id[REQUEST_ID_LEN + 1];

	if (e < 0 || a < 0 || channel < 0 || question_arg(q, 6).len > DESK_NAME_MAX) {
		question_refuse(q, question_arg(q, 6).len > DESK_NAME_MAX ? "no rule has so long a name" : e < 0 ? "no engineer of the policy is called so" : a < 0 ? "no asset of the policy is called so" :
		    "a channel is terminal, exec, data or file");
		return;
	}
	if (!question_may_see(q, question_arg(q, 1))) {
		question_refuse(q, "what is of the intercept compartment its own officers file");
		return;
	}
	question_about(q, question_arg(q, 1));
	buf_init(&place, 4096);
	struct wish wish = { .engineer = (uint32_t)e, .asset = (uint32_t)a, .channel = (enum channel)channel,
		.at = world_place(w, question_arg(q, 5), 0, &place), .purpose = question_arg(q, 3), .ticket = question_arg(q, 4),
		.rule = question_arg(q, 6), .now = world_clock() };
	wish.place_text = buf_rd(&place);
	enum wish_outcome o = requests_wish(&wish, id, &q->text);
	q->is_refused = o == WISH_REFUSED || o == WISH_ASKS;
	json_object(&q->json);
	json_key(&q->json, "granted");
	json_bool(&q->json, o == WISH_GRANTED);
	json_key(&q->json, "id");
	json_str(&q->json, id);
	json_end(&q->json);
	if (o == WISH_GRANTED)
		(void)!buf_put_str(&q->text, "a grant stands already");
}

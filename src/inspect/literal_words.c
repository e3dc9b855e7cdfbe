/*
 * Is:        the words, with the class of what stands beside them.
 * Is not:    the matcher.
 * Called by: literal.c.
 * Owns:      nothing.
 * Trust:     ours.
 *
 * A word that prose uses too is marked as a field. Czech stands with its accents and
 * without; capitals with accents are not folded.
 */
#include "inspect/literal.h"

#define W(text, data) { text, data, false, false }
#define FIELD(text, data) { text, data, true, false }
#define NUMBER(text, data) { text, data, false, true }
#define NUMBER_FIELD(text, data) { text, data, true, true }

static const struct literal table[] = {
	/* who */
	NUMBER("msisdn", DATA_IDENTITY), NUMBER("imsi", DATA_IDENTITY), NUMBER("imei", DATA_IDENTITY),
	NUMBER("imeisv", DATA_IDENTITY), NUMBER("iccid", DATA_IDENTITY), NUMBER("supi", DATA_IDENTITY),
	NUMBER("suci", DATA_IDENTITY), NUMBER("gpsi", DATA_IDENTITY), NUMBER("tmsi", DATA_IDENTITY),
	NUMBER("guti", DATA_IDENTITY), NUMBER("bsn", DATA_IDENTITY), NUMBER("burgerservicenummer", DATA_IDENTITY),
	NUMBER("iban", DATA_BILLING), NUMBER("rekeningnummer", DATA_BILLING), NUMBER("bank account", DATA_BILLING),
	NUMBER("phone", DATA_IDENTITY), NUMBER("phone number", DATA_IDENTITY), NUMBER("telephone", DATA_IDENTITY),
	NUMBER("telephone number", DATA_IDENTITY), NUMBER_FIELD("mobile", DATA_IDENTITY),
	NUMBER("mobile number", DATA_IDENTITY), NUMBER("home phone", DATA_IDENTITY),
	NUMBER("telefoonnummer", DATA_IDENTITY), NUMBER("telefoon", DATA_IDENTITY), NUMBER("mobiel nummer", DATA_IDENTITY),
	NUMBER("telefon", DATA_IDENTITY), NUMBER("telefonni cislo", DATA_IDENTITY),
	NUMBER("telefonní číslo", DATA_IDENTITY), NUMBER("rodne cislo", DATA_IDENTITY),
	NUMBER("rodné číslo", DATA_IDENTITY), NUMBER("calling number", DATA_IDENTITY),
	NUMBER("called number", DATA_IDENTITY), NUMBER("calling party", DATA_IDENTITY),
	NUMBER("called party", DATA_IDENTITY), NUMBER_FIELD("a number", DATA_IDENTITY),
	NUMBER_FIELD("b number", DATA_IDENTITY),
	NUMBER("served msisdn", DATA_IDENTITY), NUMBER("served imsi", DATA_IDENTITY), NUMBER("subscriber", DATA_IDENTITY),
	W("given name", DATA_IDENTITY), W("first name", DATA_IDENTITY), W("last name", DATA_IDENTITY),
	W("surname", DATA_IDENTITY), W("full name", DATA_IDENTITY), W("voornaam", DATA_IDENTITY),
	W("achternaam", DATA_IDENTITY), W("tussenvoegsel", DATA_IDENTITY), W("jmeno", DATA_IDENTITY),
	W("jméno", DATA_IDENTITY), W("prijmeni", DATA_IDENTITY), W("příjmení", DATA_IDENTITY),
	W("date of birth", DATA_IDENTITY), W("birth date", DATA_IDENTITY), W("birthday", DATA_IDENTITY),
	W("place of birth", DATA_IDENTITY), W("geboortedatum", DATA_IDENTITY), W("geboorteplaats", DATA_IDENTITY),
	W("datum narozeni", DATA_IDENTITY), W("datum narození", DATA_IDENTITY), W("passport", DATA_IDENTITY),
	W("paspoort", DATA_IDENTITY), W("rijbewijs", DATA_IDENTITY), W("nationality", DATA_IDENTITY),
	W("nationaliteit", DATA_IDENTITY), W("obcanstvi", DATA_IDENTITY), W("občanství", DATA_IDENTITY),
	W("email address", DATA_IDENTITY), W("e mail", DATA_IDENTITY), FIELD("mail", DATA_IDENTITY),
	FIELD("sn", DATA_IDENTITY), FIELD("cn", DATA_IDENTITY),
	/* where */
	W("cell id", DATA_LOCATION), W("cgi", DATA_LOCATION), W("ecgi", DATA_LOCATION), W("ncgi", DATA_LOCATION),
	FIELD("cell", DATA_LOCATION), FIELD("lac", DATA_LOCATION), FIELD("tac", DATA_LOCATION),
	FIELD("rac", DATA_LOCATION), FIELD("sac", DATA_LOCATION), FIELD("tai", DATA_LOCATION),
	FIELD("lai", DATA_LOCATION), FIELD("uli", DATA_LOCATION), W("location area", DATA_LOCATION),
	W("tracking area", DATA_LOCATION), W("vlr number", DATA_LOCATION), W("sgsn number", DATA_LOCATION),
	W("mme name", DATA_LOCATION), W("latitude", DATA_LOCATION), W("longitude", DATA_LOCATION),
	W("geolocation", DATA_LOCATION), W("postal address", DATA_LOCATION), W("home address", DATA_LOCATION),
	W("street", DATA_LOCATION), W("postal code", DATA_LOCATION), W("zip code", DATA_LOCATION),
	W("straat", DATA_LOCATION), W("straatnaam", DATA_LOCATION), W("huisnummer", DATA_LOCATION),
	W("postcode", DATA_LOCATION), W("woonplaats", DATA_LOCATION), W("adres", DATA_LOCATION),
	W("ulice", DATA_LOCATION), W("bydliste", DATA_LOCATION), W("bydliště", DATA_LOCATION), W("psc", DATA_LOCATION),
	W("poloha", DATA_LOCATION), FIELD("address", DATA_LOCATION), FIELD("adresa", DATA_LOCATION),
	/* keys */
	FIELD("ki", DATA_KEYS), FIELD("opc", DATA_KEYS), FIELD("op", DATA_KEYS), FIELD("amf", DATA_KEYS),
	FIELD("sqn", DATA_KEYS), FIELD("kc", DATA_KEYS), FIELD("ck", DATA_KEYS), FIELD("ik", DATA_KEYS),
	FIELD("rand", DATA_KEYS), FIELD("sres", DATA_KEYS), FIELD("xres", DATA_KEYS), FIELD("autn", DATA_KEYS),
	W("kasme", DATA_KEYS), W("kausf", DATA_KEYS), W("kseaf", DATA_KEYS), W("a3a8", DATA_KEYS),
	W("aud2g", DATA_KEYS), W("aud3g", DATA_KEYS), W("milenage", DATA_KEYS), W("comp128", DATA_KEYS),
	W("auth vector", DATA_KEYS), W("authentication vector", DATA_KEYS), W("transport key", DATA_KEYS),
	FIELD("pin", DATA_KEYS), FIELD("puk", DATA_KEYS), W("pin1", DATA_KEYS), W("puk1", DATA_KEYS),
	W("adm1", DATA_KEYS), FIELD("password", DATA_KEYS), FIELD("passwd", DATA_KEYS), W("wachtwoord", DATA_KEYS),
	W("heslo", DATA_KEYS), W("private key", DATA_KEYS),
	/* content */
	W("sms text", DATA_CONTENT), W("sms body", DATA_CONTENT), W("message body", DATA_CONTENT),
	W("message text", DATA_CONTENT), W("user data", DATA_CONTENT), W("short message", DATA_CONTENT),
	W("voicemail", DATA_CONTENT), W("berichttekst", DATA_CONTENT), W("berichtinhoud", DATA_CONTENT),
	W("text zpravy", DATA_CONTENT), W("text zprávy", DATA_CONTENT), W("call content", DATA_CONTENT),
	W("gesprek inhoud", DATA_CONTENT), W("transcript", DATA_CONTENT), FIELD("url", DATA_CONTENT),
	W("browsing history", DATA_CONTENT),
	/* billing */
	W("cdr", DATA_BILLING), W("call detail record", DATA_BILLING), W("call duration", DATA_BILLING),
	W("charging id", DATA_BILLING), W("record opening time", DATA_BILLING), W("invoice", DATA_BILLING),
	W("factuur", DATA_BILLING), W("factuurbedrag", DATA_BILLING), W("tariff", DATA_BILLING),
	W("prepaid balance", DATA_BILLING), W("account balance", DATA_BILLING), W("beltegoed", DATA_BILLING),
	W("betaalwijze", DATA_BILLING), W("payment method", DATA_BILLING), W("credit card", DATA_BILLING),
	W("card number", DATA_BILLING), W("direct debit", DATA_BILLING), W("automatische incasso", DATA_BILLING),
	W("arrears", DATA_BILLING), W("betalingsachterstand", DATA_BILLING), W("faktura", DATA_BILLING),
	W("fakturace", DATA_BILLING), W("platba", DATA_BILLING), W("dluh", DATA_BILLING), W("volume uplink", DATA_BILLING),
	W("volume downlink", DATA_BILLING), W("monthly charges", DATA_BILLING), W("total charges", DATA_BILLING),
	/* a private life */
	FIELD("children", DATA_PROFILE), W("number of children", DATA_PROFILE), W("children count", DATA_PROFILE),
	W("dependents", DATA_PROFILE), FIELD("kinderen", DATA_PROFILE), W("aantal kinderen", DATA_PROFILE),
	FIELD("deti", DATA_PROFILE), FIELD("děti", DATA_PROFILE), W("pocet deti", DATA_PROFILE),
	W("počet dětí", DATA_PROFILE), W("hobby", DATA_PROFILE), W("hobbies", DATA_PROFILE), W("hobbys", DATA_PROFILE),
	FIELD("interests", DATA_PROFILE), W("personal interests", DATA_PROFILE), W("interesses", DATA_PROFILE),
	W("zajmy", DATA_PROFILE), W("zájmy", DATA_PROFILE), W("konicky", DATA_PROFILE), W("koníčky", DATA_PROFILE),
	W("income", DATA_PROFILE), W("salary", DATA_PROFILE), W("inkomen", DATA_PROFILE), W("salaris", DATA_PROFILE),
	W("prijem", DATA_PROFILE), W("příjem", DATA_PROFILE), W("plat", DATA_PROFILE),
	W("financial situation", DATA_PROFILE), W("financiele situatie", DATA_PROFILE),
	W("financni situace", DATA_PROFILE), W("finanční situace", DATA_PROFILE), W("credit score", DATA_PROFILE),
	W("debts", DATA_PROFILE), W("schulden", DATA_PROFILE), W("dluhy", DATA_PROFILE), W("marital status", DATA_PROFILE),
	W("burgerlijke staat", DATA_PROFILE), W("rodinny stav", DATA_PROFILE), W("rodinný stav", DATA_PROFILE),
	FIELD("partner", DATA_PROFILE), W("spouse", DATA_PROFILE), W("echtgenoot", DATA_PROFILE),
	W("manzel", DATA_PROFILE), W("manželka", DATA_PROFILE), W("religion", DATA_PROFILE), W("religie", DATA_PROFILE),
	W("geloof", DATA_PROFILE), W("nabozenstvi", DATA_PROFILE), W("náboženství", DATA_PROFILE),
	W("political", DATA_PROFILE), W("politieke voorkeur", DATA_PROFILE), W("ethnicity", DATA_PROFILE),
	W("health", DATA_PROFILE), W("gezondheid", DATA_PROFILE), W("zdravotni stav", DATA_PROFILE),
	W("zdravotní stav", DATA_PROFILE), W("family members", DATA_PROFILE), W("gezinsleden", DATA_PROFILE),
	W("occupation", DATA_PROFILE), W("beroep", DATA_PROFILE), W("povolani", DATA_PROFILE),
	W("povolání", DATA_PROFILE), W("education", DATA_PROFILE), W("opleiding", DATA_PROFILE),
	W("vzdelani", DATA_PROFILE), W("vzdělání", DATA_PROFILE), FIELD("gender", DATA_PROFILE),
	W("geslacht", DATA_PROFILE), W("pohlavi", DATA_PROFILE), W("pohlaví", DATA_PROFILE),
};

const struct literal *literal_table(size_t *n)
{
	*n = ARRAY_LEN(table);
	return table;
}

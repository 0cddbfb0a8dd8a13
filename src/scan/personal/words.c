/* Text as words, and what stands beside a place of it.
 *
 * Folding makes "customerE-Mail", "CUSTOMER_E_MAIL" and "customer e-mail" one; Latin accents are dropped (é → e, ß → ss), other
 * scripts stay as their bytes. Each word list is "a|b_c": alternatives of one or several words.
 */
#include "scan/personal/personal_int.h"

const char aisp_personal__words_email[] = "email|e_mail|mail|courriel|correo|mailto|contact";
const char aisp_personal__words_phone[] =
	"phone|phone_number|telephone|tel|mobile|cell|cellphone|cell_phone|fax|call|sms|whatsapp|signal|msisdn|text|dial|ring|reach|contact|contact_number|hotline|telefon|telefonnummer|handy|"
	"handynummer|rufnummer|mobil|mobilnummer|mobiltelefon|telephone_portable|portable|numero_de_telephone|telefono|movil|celular|cellulare|telefone|telemovel|telefoon|telefoonnummer|mobiel|gsm|ph|mob|"
	"home_phone|work_phone|numero_de_telefono|telefonnr|tlf|puhelin|telefoni|电话|手机|電話|携帯|전화|телефон|phone_no|mobile_no|mobile_number|emergency_contact|pager|voicemail";
const char aisp_personal__words_birth[] =
	"dob|d_o_b|date_of_birth|birth_date|birthdate|birthday|born|born_on|birth|dateofbirth|geboren|geburtsdatum|geburtstag|geb|geb_datum|geboren_am|ne_le|nee_le|date_de_naissance|naissance|date_naissance|"
	"fecha_de_nacimiento|fecha_nacimiento|nacimiento|nacido|nacida|f_nac|nato_il|nata_il|nato|nata|data_di_nascita|data_nascita|nascita|data_de_nascimento|data_nascimento|nascimento|nascido|nascida|geboortedatum|geboorte|fodselsdato|"
	"syntymaaika|fodelsedatum|data_urodzenia|出生日期|生年月日|생년월일|дата_рождения";
const char aisp_personal__words_address[] =
	"address|addr|street|lives|live|living|lived|resides|residing|residence|home|ship|shipping|shipped|deliver|delivered|delivery|billing|mailing|moved|located|adresse|anschrift|wohnhaft|wohnt|strasse|domicile|habite|domicilio|vive|"
	"direccion|indirizzo|residente|abita|endereco|morada|mora|reside|adres|woont|woonachtig|ubicado|mail|send|invoice_to|bill_to|ship_to";
const char aisp_personal__words_ip[] =
	"ip|ip_address|ipaddress|client_ip|remote_addr|remote_address|remote_ip|user_ip|source_ip|src_ip|ip_addr|ipv4|ipv6|x_forwarded_for|forwarded|forwarded_for|x_real_ip|real_ip|client|clientip|login_from|logged_in_from|from|peer|visitor|adresse_ip|ip_adresse|direccion_ip|last_login_ip|src|host|connection_from|ip_adres";
const char aisp_personal__words_location[] =
	"location|coordinates|coordinate|coords|coord|gps|geo|geolocation|latlng|lat_lng|latlong|lat_long|lat_lon|latitude|longitude|lat|lon|lng|position|posicion|standort|koordinaten|ubicacion|coordonnees|last_seen_at|last_seen|geo_point|geopoint|point|home_location|posizione|localizacao|locatie|coordenadas";

static const char deny[] =
	"order|order_number|order_no|order_id|invoice|invoice_number|invoice_no|tracking|tracking_number|version|sku|part|part_number|part_no|serial|serial_number|serial_no|s_n|ticket|build|commit|hash|checksum|crc|sha|sha1|sha256|md5|uuid|guid|isbn|ean|upc|gtin|asin|issn|doi|"
	"rev|revision|model|timestamp|epoch|unix|nonce|port|txn|transaction|transaction_id|batch|lot|item|product|product_id|catalog|article|bug|issue|pull_request|case_number|case_no|rfc|cve|seed|offset|bytes|size|length|count|total|amount|price|usd|eur|qty|quantity|sequence|seq|"
	"bestellnummer|artikelnummer|rechnungsnummer|rechnung|bestellung|commande|facture|pedido|factura|ordine|fattura|bestelling|factuur|shipment|shipment_id|container|sensor|device_serial|row|line|page|chapter|figure|id|request_id|trace_id|span_id|session|session_id|job|run|pid|tid|thread|block|"
	"iteration|step|loss|score|elapsed|duration|ms|ns|us|confirmation|confirmation_number|booking|reservation|coupon|voucher|gift|licence_key|license_key|product_key|barcode|po|purchase_order|pn|p_n|ref|reference|reference_number|ref_no|reference_no|case|firmware|release|chip|datasheet|mpn|fax_id|parcel|awb|consignment|memory|addr|register|dsn|vin|test_vector|example_output|mod|polynomial|prime|integer|random";

static size_t fold_latin(unsigned char lead, unsigned char c, char *out)
{
	/* U+00C0 … U+00FF, and the letters of U+0100 … U+017F that names of columns have. */
	static const char latin1[] = "aaaaaaaceeeeiiiidnooooo_ouuuuytsaaaaaaaceeeeiiiidnooooo_ouuuuyty";
	static const char ext_a[] = "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"; /* U+0100 … U+013F */
	static const char ext_b[] = "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs"; /* U+0140 … U+017F */

	if (lead == 0xc3) {
		if (c == 0x9f) {
			out[0] = out[1] = 's';
			return 2;
		}
		out[0] = latin1[c & 63];
		return 1;
	}
	out[0] = lead == 0xc4 ? ext_a[c & 63] : ext_b[(c & 63) < 63 ? (c & 63) : 62];
	return 1;
}

static bool small(char c)
{
	return c >= 'a' && c <= 'z';
}
static bool capital(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* Does a word begin at a capital: "eMail", "HTTPServer"? */
static bool camel(struct aisp_slice s, size_t i)
{
	if (i == 0 || !capital(s.p[i]))
		return false;
	return small(s.p[i - 1]) || (capital(s.p[i - 1]) && i + 1 < s.n && small(s.p[i + 1]));
}

/* Folds the character at i into out; how many bytes came. *ret_used: bytes of s beyond the first. */
static size_t fold_one(struct aisp_slice s, size_t i, char *out, size_t *ret_used)
{
	unsigned char c = (unsigned char)s.p[i], next = i + 1 < s.n ? (unsigned char)s.p[i + 1] : 0;

	*ret_used = 0;
	if (capital(s.p[i]) || small(s.p[i]) || (c >= '0' && c <= '9')) {
		*out = (char)(capital(s.p[i]) ? c + 32 : c);
		return 1;
	}
	if (c >= 0xc3 && c <= 0xc5 && (next & 0xc0) == 0x80) {
		*ret_used = 1;
		return fold_latin(c, next, out);
	}
	if (c < 0x80 || c == 0xc2 || (c == 0xa0 && i > 0 && (unsigned char)s.p[i - 1] == 0xc2))
		return 0;
	*out = s.p[i];
	return 1;
}

void aisp_personal__fold(struct aisp_slice s, struct aisp_personal__words *ret)
{
	char *out = ret->p;
	size_t n = 0, used;

	out[n++] = '_';
	for (size_t i = 0; i < s.n && n + 5 < AISP_PERSONAL__WORDS; i += 1 + used) {
		if (out[n - 1] != '_' && camel(s, i))
			out[n++] = '_';
		size_t got = fold_one(s, i, out + n, &used);
		n += got;
		if (!got && out[n - 1] != '_')
			out[n++] = '_';
	}
	if (out[n - 1] != '_')
		out[n++] = '_';
	ret->n = n;
}

/* The last place of the words in w, bounded by "_" (or a plural s) where they are ASCII. */
static size_t last_of(const struct aisp_personal__words *w, const char *word, size_t n)
{
	bool ascii = (unsigned char)word[0] < 0x80;

	if (n + (ascii ? 2 : 0) > w->n || n == 0)
		return SIZE_MAX;
	for (size_t at = w->n - n + 1; at-- > 0;) {
		if (w->p[at] != word[0] || memcmp(w->p + at, word, n) != 0)
			continue;
		if (!ascii)
			return at;
		if (at == 0 || w->p[at - 1] != '_' || at + n >= w->n)
			continue;
		if (w->p[at + n] == '_' || (w->p[at + n] == 's' && w->p[at + n + 1] == '_' && n > 2))
			return at + n;
	}
	return SIZE_MAX;
}

size_t aisp_personal__last_word(const struct aisp_personal__words *w, const char *list)
{
	size_t best = SIZE_MAX;

	if (w->n < 3)
		return SIZE_MAX;
	/* Which letters begin a word here: most alternatives need no look. */
	uint32_t initials = 0;
	for (size_t i = 0; i + 1 < w->n; i++)
		if (w->p[i] == '_')
			initials |= 1u << (w->p[i + 1] & 31);
	for (const char *p = list; *p;) {
		size_t n = strcspn(p, "|");
		bool may = (unsigned char)*p >= 0x80 || initials >> (*p & 31) & 1;
		size_t at = may ? last_of(w, p, n) : SIZE_MAX;
		if (at != SIZE_MAX && (best == SIZE_MAX || at > best))
			best = at;
		p += n + (p[n] == '|');
	}
	return best;
}

enum { BEFORE = 56, BEHIND = 26 };

/* Where the context before `at` begins: back over this line; a line that begins with the number belongs to the line before. */
static size_t context_begin(struct aisp_slice text, size_t at)
{
	size_t from = at > BEFORE ? at - BEFORE : 0, begin = at;
	unsigned lines = 0;
	bool word = false;

	for (; begin > from; begin--) {
		char c = text.p[begin - 1];
		if (c == '\n' && (word || lines++))
			return begin;
		word |= small(c) || capital(c) || (unsigned char)c >= 0x80;
	}
	/* Not from the middle of a word. */
	while (begin > 0 && begin < at && small((char)(text.p[begin - 1] | 32)) && small((char)(text.p[begin] | 32)))
		begin++;
	return begin;
}

/* "… (SSN)" behind it */
static struct aisp_slice bracket_behind(struct aisp_slice text, size_t end)
{
	size_t b = end;

	while (b < text.n && text.p[b] == ' ')
		b++;
	if (b >= text.n || text.p[b] != '(')
		return aisp_slice_of(NULL, 0);
	struct aisp_slice rest = aisp_slice_to(aisp_slice_from(text, b + 1), BEHIND);
	size_t close = aisp_slice_chr(rest, ')');
	if (close == SIZE_MAX || (rest.n && memchr(rest.p, '\n', close)))
		return aisp_slice_of(NULL, 0);
	return aisp_slice_to(rest, close);
}

void aisp_personal__context(struct aisp_slice text, size_t at, size_t end, struct aisp_personal__words *ret)
{
	size_t begin = context_begin(text, at);
	struct aisp_slice behind = bracket_behind(text, end);
	struct aisp_personal__words more;

	aisp_personal__fold(aisp_slice_of(text.p + begin, at - begin), ret);
	if (!behind.n)
		return;
	aisp_personal__fold(behind, &more);
	if (ret->n + more.n < AISP_PERSONAL__WORDS) {
		memcpy(ret->p + ret->n, more.p, more.n);
		ret->n += more.n;
	}
}

bool aisp_personal__speaks(const struct aisp_personal__words *w, const char *list)
{
	size_t yes = aisp_personal__last_word(w, list);

	if (yes == SIZE_MAX)
		return false;
	size_t no = aisp_personal__last_word(w, deny);
	return no == SIZE_MAX || no <= yes || no - yes < 4; /* "ssn id", "card no" */
}

bool aisp_personal__denies(const struct aisp_personal__words *w)
{
	return aisp_personal__has_word(w, deny);
}

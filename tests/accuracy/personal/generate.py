"""Labelled texts and tables for the detector of personal data. Usage: generate.py OUTDIR

Everything is invented and made from a fixed seed. Labels say {"path", "line" or "table" + "column", "class", "holdout"}; class
"none" marks a benign line or column that looks like something. The holdout part has its own sentences, names of columns and
values; it was written before the detector was tuned and was never used for tuning.
"""
import csv
import hashlib
import json
import pathlib
import random
import sqlite3
import sys
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from identifiers import Numbers  # noqa: E402

FIRST = "Anna Bruno Carla David Elena Felix Greta Hugo Irene Jonas Katrin Louis Maria Nadia Oscar Petra Quentin Rosa Stefan Tamara Ulrich Vera Walter Xenia Yusuf Zoe Priya Kenji Amara Diego".split()
LAST = "Adler Bianchi Costa Dubois Eriksson Fischer García Hansen Ivanova Jansen Kowalski Lefevre Moreau Nowak Okafor Petrov Quinn Rossi Schmidt Takahashi Usman Vogel Weber Xu Yilmaz Zimmermann Müller Nguyen Patel O'Brien".split()
MAIL = "mailbox.org gmx.de proton.me orange.fr uol.com.br acme-logistics.com hospital-nord.de uni-linz.ac.at kpnmail.nl fastmail.com".split()
STREETS = ["Maple", "Oak Hill", "Lincoln", "Church", "Riverside", "North 5th", "Cedar Grove"]


class Make(Numbers):
    def name(self):
        return f"{self.r.choice(FIRST)} {self.r.choice(LAST)}"

    def email(self):
        plain = self.r.choice(LAST).lower().replace("'", "").replace("ü", "ue").replace("í", "i")
        return f"{self.r.choice(FIRST).lower()}{self.r.choice(['.', '_', ''])}{plain}{self.r.choice(['', str(self.r.randint(1, 99))])}@{self.r.choice(MAIL)}"

    def dob(self):
        y, m, d = self.ymd()
        return self.r.choice([f"{y}-{m:02d}-{d:02d}", f"{d:02d}.{m:02d}.{y}", f"{m:02d}/{d:02d}/{y}", f"{d} {'January February March April May June July August September October November December'.split()[m - 1]} {y}"])

    def us_address(self):
        return f"{self.r.randint(10, 9999)} {self.r.choice(STREETS)} {self.r.choice(['Street', 'Ave', 'Road', 'Blvd', 'Drive', 'Lane'])}, {self.r.choice(['Springfield, IL', 'Portland, OR', 'Austin, TX'])} {self.d(5)}"

    def de_address(self):
        return f"{self.r.choice(['Lindenstraße', 'Hauptstr.', 'Bahnhofstraße', 'Goetheweg', 'Marktplatz'])} {self.r.randint(1, 199)}, {self.r.randint(10000, 99000)} {self.r.choice(['Berlin', 'Köln', 'Leipzig'])}"

    def fr_address(self):
        return f"{self.r.randint(1, 200)} {self.r.choice(['rue de la Paix', 'avenue Victor Hugo', 'boulevard Voltaire', 'rue Pasteur'])}, {self.r.randint(10, 95)}000 {self.r.choice(['Lyon', 'Nantes', 'Lille'])}"

    def uk_address(self):
        return f"{self.r.randint(1, 200)} {self.r.choice(['High', 'Station', 'Victoria'])} {self.r.choice(['Street', 'Road'])}, {self.r.choice(['Leeds LS1 4AP', 'Bristol BS8 2LR', 'London SW11 5QN'])}"

    def geo(self):
        return f"{self.r.uniform(-60, 70):.5f}, {self.r.uniform(-170, 170):.5f}"


# (text with {x}, class, maker). Two pools: what was tuned on, and the holdout.
DEV = [
    ("Please write to {x} before Friday.", "email", "email"), ("From: {x}", "email", "email"), ('{{"contact": "{x}", "ok": true}}', "email", "email"), ("reach out ({x}) any time", "email", "email"),
    ("Call me at {x}.", "phone", "phone"), ("Mobile: {x}", "phone", "phone"), ("Tel. {x}, ask for the desk", "phone", "phone"), ("phone={x}", "phone", "phone"),
    ("Card number: {x}, exp 09/29", "payment_card", "card_spaced"), ("He paid with the Visa {x} yesterday", "payment_card", "card"), ("cc: {x}", "payment_card", "card"),
    ("IBAN: {x}", "bank_account", "iban_spaced"), ("Please transfer to {x} by Monday", "bank_account", "iban"), ("routing number {x}", "bank_account", "us_aba"),
    ("SSN: {x}", "national_id", "us_ssn"), ("her social security number is {x}", "national_id", "us_ssn"), ("ITIN {x} on file", "national_id", "us_itin"),
    ("NI number {x}", "national_id", "uk_nino"), ("NHS number: {x}", "health", "uk_nhs"), ("SIN {x}", "national_id", "ca_sin"), ("Steuer-ID: {x}", "national_id", "de_steuer_id"),
    ("Numéro de sécurité sociale : {x}", "national_id", "fr_nir"), ("Codice fiscale: {x}", "national_id", "it_cf"), ("DNI {x}", "national_id", "es_dni"), ("NIF: {x}", "national_id", "pt_nif"),
    ("BSN: {x}", "national_id", "nl_bsn"), ("Rijksregisternummer {x}", "national_id", "be_nrn"), ("PESEL: {x}", "national_id", "pl_pesel"), ("Personnummer {x}", "national_id", "se_pnr"),
    ("CPF: {x}", "national_id", "br_cpf"), ("Aadhaar number {x}", "national_id", "in_aadhaar"), ("PAN: {x}", "national_id", "in_pan"), ("身份证号：{x}", "national_id", "cn_id"),
    ("NRIC {x}", "national_id", "sg_nric"), ("TFN: {x}", "national_id", "au_tfn"), ("RUT: {x}", "national_id", "cl_rut"), ("CURP {x}", "national_id", "mx_curp"),
    ("DOB: {x}", "birth_date", "dob"), ("She was born on {x} in Graz.", "birth_date", "dob"), ("Geburtsdatum: {x}", "birth_date", "dob"),
    ("Ship to {x}", "address", "us_address"), ("Anschrift: {x}", "address", "de_address"), ("Adresse : {x}", "address", "fr_address"), ("lives at {x}", "address", "uk_address"),
    ("login from {x} accepted", "ip_address", "ipv4"), ("client_ip={x}", "ip_address", "ipv6"), ("device MAC {x}", "device_id", "mac"), ("IMEI: {x}", "device_id", "imei"),
    ("last GPS position {x}", "location", "geo"), ("Patient name: {x}", "name", "name"), ('"first_name": "{x}"', "name", "first"), ("Diagnosis: E11.9", "health", None),
    ("The patient was diagnosed with hypertension last May.", "health", None), ("Religion: Catholic", "special_category", None), ("Passport number: {x}", "national_id", "passport"), ("NPI: {x}", "health", "us_npi"),
    ("MRN: {x}", "health", "mrn"), ("Annual salary: 84,500 EUR", "financial", None),
]
HOLDOUT = [
    ("cc'ing {x} for visibility", "email", "email"), ("<a href=\"mailto:{x}\">write</a>", "email", "email"), ("user {x} reset their password twice", "email", "email"), ("Kontakt: {x}", "email", "email"), ("reply-to {x};", "email", "email"),
    ("You can text {x} after six.", "phone", "phone"), ("Handy: {x}", "phone", "phone"), ("Téléphone : {x}", "phone", "phone"), ("customer's cell phone is {x}", "phone", "phone"), ('"phoneNumber":"{x}"', "phone", "phone"),
    ("charged to Mastercard {x} today", "payment_card", "card"), ("credit card {x} declined", "payment_card", "card_spaced"), ("Kreditkarte {x}", "payment_card", "card_spaced"), ("pan={x}", "payment_card", "card"),
    ("Kontoverbindung {x}", "bank_account", "iban_spaced"), ("refund account {x} confirmed", "bank_account", "iban"), ("ABA {x}", "bank_account", "us_aba"), ("Account number: 004417832290", "bank_account", None),
    ("Social Security #: {x}", "national_id", "us_ssn"), ("employee ssn={x}", "national_id", "us_ssn"), ("National Insurance No. {x}", "national_id", "uk_nino"), ("my social insurance number is {x}", "national_id", "ca_sin"),
    ("Steueridentifikationsnummer {x}", "national_id", "de_steuer_id"), ("n° de sécu {x}", "national_id", "fr_nir"), ("C.F. {x}", "national_id", "it_cf"), ("con DNI {x}, vecina de Madrid", "national_id", "es_dni"),
    ("NIE: {x}", "national_id", "es_nie"), ("burgerservicenummer is {x}", "national_id", "nl_bsn"), ("fødselsnummer: {x}", "national_id", "no_fnr"), ("CPR-nr. {x}", "national_id", "dk_cpr"), ("henkilötunnus {x}", "national_id", "fi_hetu"),
    ("rodné číslo {x}", "national_id", "cz_rc"), ("T.C. Kimlik No: {x}", "national_id", "tr_tckn"), ("o CPF {x} do cliente", "national_id", "br_cpf"), ("CUIL {x}", "national_id", "ar_cuit"), ("주민등록번호 {x}", "national_id", "kr_rrn"),
    ("UIDAI Aadhaar: {x}", "national_id", "in_aadhaar"), ("SA ID number {x}", "national_id", "za_id"), ("Teudat Zehut {x}", "national_id", "il_tz"), ("tax file number {x}", "national_id", "au_tfn"), ("Reisepass-Nr. {x}", "national_id", "passport"),
    ("driver's license number D1234567", "national_id", None), ("date of birth {x}", "birth_date", "dob"), ("né le {x} à Dijon", "birth_date", "dob"), ("Fecha de nacimiento: {x}", "birth_date", "dob"), ("birthday: {x}", "birth_date", "dob"),
    ("Mailing address: {x}", "address", "us_address"), ("wohnhaft in der {x}", "address", "de_address"), ("domicilié au {x}", "address", "fr_address"), ("deliver it to {x} please", "address", "uk_address"), ("Calle Mayor 12, 28013 Madrid", "address", None),
    ("blocked {x} after 5 failed logins", "ip_address", "ipv4"), ("x-forwarded-for: {x}", "ip_address", "ipv4"), ("peer [{x}] connected", "ip_address", "ipv6"), ("wlan0 {x}", "device_id", "mac"), ("handset imei {x}", "device_id", "imei"),
    ("coordinates: {x}", "location", "geo"), ("Full name: {x}", "name", "name"), ("Nachname: Zimmermann", "name", None), ('{{"lastName":"Kowalski"}}', "name", None), ("She suffers from epilepsy and takes lamotrigine.", "health", None),
    ("ICD-10: F32.1", "health", None), ("prescribed sertraline 50 mg daily", "health", None), ("ethnicity: Hispanic", "special_category", None), ("Sexual orientation: bisexual", "special_category", None), ("Trade union: UNISON member", "special_category", None),
    ("Medical record number {x}", "health", "mrn"), ("gross income: 61,200 per year", "financial", None), ("identified as NHS No {x} at admission", "health", "uk_nhs"), ("PPSN 1234567T", "national_id", None),
]
BENIGN_DEV = [
    "Order number {d10} has shipped.", "Invoice 2024-{d6} is due.", "pip install torch==2.1.0+cu118", "Version 10.0.19041.1 is out", "release 1.2.3.4 fixes the crash", "sha256:{hex64}", "commit {hex40}", "ts=1700{d6}{d3} level=info",
    "request {uuid} took 35 ms", "SKU 4155-552-6714", "Part no. 212-555-8812-A", "total: $1,234.56 (incl. VAT)", "loss=0.48123, 0.51234 at step 1200", "seed = 123456789", "ISBN 978-3-16-148410-0", "lodash@4.17.21", "logo@2x.png",
    "git@github.com:acme/tools.git", "std::vector<int> a = {{1, 2, 3}};", "10:32:45.123456 worker started", "listening on 127.0.0.1:8080", "bind 0.0.0.0", "2024-01-15T09:30:00Z", "tracking 1Z999AA1{d10}", "range 100-200-3000", "0x7fff5fbff8a0",
    "the docs use user@example.com", "@property def email(self): ...", "email = models.EmailField(unique=True)", "if phone is None: return", "def validate_ssn(value: str) -> bool:", "first_name: str", "name: build", "UPC {d12}", "room 4-1-12",
    "a cancer research grant was announced", "Catholic church built in 1873", "the depression of 1929 hit exports", "Diabetes is a chronic disease that affects millions.", "matrix 3 4 5 6 7 8 9", "batch 123-45-678", "ETA 12-03-2024 to 15-03-2024", "chrome/91.0.4472.124 Safari/537.36",
    "fe80::1%lo0 link", "aa::bb::cc", "ab:cd", "job 20240115 finished in 00:12:33", "score 99.12345 / 100.00000", "{{'lat_bins': 32, 'lon_bins': 64}}", "PO {d10}", "ticket #{d6}-{d3}", "model A100-SXM4-80GB", "{d16}", "{d9}", "{d11}", "Java 17.0.9 2023-10-17 LTS",
]
BENIGN_HOLDOUT = [
    "Bestellnummer {d10} wurde versandt.", "facture n° {d9}", "numpy 1.26.4 -> 2.0.1.2", "build 7.8.9.10 passed", "etag W/\"{hex40}\"", "md5 {hex32}", "epoch 1712{d6}", "trace_id={hex32}", "GTIN {d13}", "catalog no. 800-{d3}-{d4}-B", "EUR 12.345,67", "0.12345, 0.67890",
    "array([51.50740, -0.12780])", "checksum {d12}", "DOI 10.1000/182", "react@18.2.0", "icon@3x.webp", "ssh://git@gitlab.acme.dev:22/x.git", "foo::bar::baz()", "12:00:00 12:30:00", "localhost 127.0.0.53", "subnet 192.168.0.0/16", "parcel {d12}", "pages 120-125-1300", "0xdeadbeef00",
    "see docs at admin@example.org", "def send_email(to, subject):", "phone_regex = r'\\+?\\d{{10}}'", "class PassportForm(Form): pass", "last_name = Column(String)", "country: DE", "container MSCU{d7}", "gate B12, row 14-22-3", "World AIDS day is in December", "a study of Muslim architecture",
    "he works as an insulin chemist in a lab", "vector 8 1 9 2 7 3", "rev 987-65-432", "from 01/02/2023 until 05/06/2023", "Mozilla/5.0 rv:109.0", "ff02::2", "key a1:b2", "cron 20231231 ok 23:59:59", "accuracy 98.76543", "sensor {d8} offline", "bug {d6}", "driver 535.104.05", "{d15}", "{d13}", "{d10}",
    "serial number {d3}-{d2}-{d4}", "ref {d9}", "voucher {d4} {d4} {d4} {d4}", "uuid4 {uuid}", "the street was closed on 5 May", "12 new way points were added", "GPU memory 40960 MiB of 81920", "Republican Rome had two consuls", "test vector {d16}", "the black box and the white paper",
]


def fill(rnd, text):
    import re
    def one(m):
        kind, n = m[1], int(m[2] or 0)
        if kind == "d":
            return "".join(rnd.choice("0123456789") for _ in range(n))
        if kind == "hex":
            return hashlib.sha512(str(rnd.random()).encode()).hexdigest()[:n]
        return str(uuid.UUID(int=rnd.getrandbits(128), version=4))
    return re.sub(r"\{(d|hex|uuid)(\d*)\}", one, text).replace("{{", "{").replace("}}", "}")


def texts(out, labels, rnd, make, pool, benign, holdout, files):
    makers = {"first": lambda: rnd.choice(FIRST), "passport": lambda: make.up(1, "CFGHJK") + make.d(8), "mrn": lambda: make.d(7)}
    for i in range(files):
        path = f"text/{'holdout' if holdout else 'dev'}_{i:03d}.txt"
        lines = []
        for template, cls, maker in rnd.sample(pool, 12):
            x = (makers.get(maker) or getattr(make, maker))() if maker else ""
            lines.append((template.format(x=x), cls))
        for template in rnd.sample(benign, 16):
            lines.append((fill(rnd, template), "none"))
        rnd.shuffle(lines)
        # A blank line between: what is said on one line is no context of the next.
        (out / "files" / path).write_text("\n\n".join(text for text, _ in lines) + "\n", encoding="utf-8")
        for n, (_, cls) in enumerate(lines):
            labels.append({"path": path, "line": 2 * n + 1, "class": cls, "holdout": holdout})


def columns(rnd, make, holdout):
    """(name of the column, class, maker of a value)"""
    dev = [
        ("email", "email", make.email), ("customer_email", "email", make.email), ("contact", "email", make.email), ("phone", "phone", make.phone), ("mobile_no", "phone", make.phone), ("tel", "phone", lambda: "0" + make.d(9)),
        ("first_name", "name", lambda: rnd.choice(FIRST)), ("lastname", "name", lambda: rnd.choice(LAST)), ("Vorname", "name", lambda: rnd.choice(FIRST)), ("nom", "none", lambda: rnd.choice(["table", "chaise", "lampe"])),
        ("dob", "birth_date", make.dob), ("date_of_birth", "birth_date", lambda: "%04d-%02d-%02d" % make.ymd()), ("address_line1", "address", make.us_address), ("plz", "address", lambda: str(rnd.randint(10000, 99999))),
        ("ssn", "national_id", make.us_ssn), ("tax_id", "national_id", make.de_steuer_id), ("dni", "national_id", make.es_dni), ("bsn", "national_id", make.nl_bsn), ("cpf", "national_id", make.br_cpf), ("passport_no", "national_id", lambda: make.up(1) + make.d(8)),
        ("card_number", "payment_card", make.card), ("cc", "payment_card", make.card), ("iban", "bank_account", make.iban), ("diagnosis", "health", lambda: rnd.choice(["I10", "E11.9", "J45.20", "F32.1"])), ("blood_type", "health", lambda: rnd.choice(["A+", "0-", "AB+"])),
        ("religion", "special_category", lambda: rnd.choice(["catholic", "muslim", "none", "hindu"])), ("salary", "financial", lambda: str(rnd.randint(30000, 150000))), ("ip_address", "ip_address", make.ipv4), ("mac", "device_id", make.mac), ("latitude", "location", lambda: f"{rnd.uniform(-60, 70):.6f}"),
        ("password_hash", "credential", lambda: "$2b$12$" + make.up(22)), ("col_17", "email", make.email), ("value", "bank_account", make.iban), ("notes", "phone", lambda: f"please call back on {make.phone()} thanks"),
        # looks like it, is not
        ("id", "none", lambda: make.d(16)), ("order_id", "none", lambda: make.d(9)), ("email_verified", "none", lambda: rnd.choice(["true", "false"])), ("email_count", "none", lambda: str(rnd.randint(0, 90))), ("phone_type", "none", lambda: rnd.choice(["home", "work"])),
        ("sha", "none", lambda: hashlib.sha1(str(rnd.random()).encode()).hexdigest()), ("created_at", "none", lambda: "2023-%02d-%02d 10:00:00" % (rnd.randint(1, 12), rnd.randint(1, 28))), ("uuid", "none", lambda: str(uuid.UUID(int=rnd.getrandbits(128)))), ("price", "none", lambda: f"{rnd.uniform(1, 999):.2f}"),
        ("product_name", "none", lambda: rnd.choice(["Desk", "Chair", "Lamp"])), ("version", "none", lambda: f"{rnd.randint(1, 9)}.{rnd.randint(0, 20)}.{rnd.randint(0, 40)}.{rnd.randint(0, 9)}"), ("zipfile", "none", lambda: f"a{make.d(3)}.zip"), ("race_time", "none", lambda: f"00:{rnd.randint(10, 59)}:{rnd.randint(10, 59)}"),
        ("token_count", "none", lambda: str(rnd.randint(1, 4096))), ("isbn", "none", lambda: "978" + make.d(10)), ("timestamp", "none", lambda: "1700" + make.d(9)), ("score", "none", lambda: f"{rnd.random():.6f}"), ("title", "none", lambda: rnd.choice(["Intro", "Results", "Setup"])), ("serial", "none", lambda: make.d(15)),
        ("embedding_x", "none", lambda: f"{rnd.uniform(-1, 1):.6f}"), ("sku", "none", lambda: f"{make.d(3)}-{make.d(2)}-{make.d(4)}"), ("status", "none", lambda: rnd.choice(["open", "closed"])), ("body_len", "none", lambda: make.d(3)), ("hostname", "none", lambda: f"web{make.d(2)}.acme.dev"),
    ]
    hold = [
        ("e_mail_adresse", "email", make.email), ("Kunde.Mail", "email", make.email), ("field_3", "email", make.email), ("telefono", "phone", make.phone), ("phoneNumber", "phone", make.phone), ("gsm", "phone", lambda: "06" + make.d(8)), ("Nachname", "name", lambda: rnd.choice(LAST)),
        ("apellidos", "name", lambda: rnd.choice(LAST)), ("cardholder_name", "name", make.name), ("prenom", "name", lambda: rnd.choice(FIRST)), ("geburtsdatum", "birth_date", lambda: "%3$02d" if False else "{2:02d}.{1:02d}.{0}".format(*make.ymd())), ("fecha_nacimiento", "birth_date", lambda: "%04d-%02d-%02d" % make.ymd()),
        ("straße", "address", lambda: rnd.choice(["Lindenweg 4", "Hauptstr. 12", "Am Markt 1"])), ("codigo_postal", "address", lambda: f"{rnd.randint(1000, 52000):05d}"), ("social_security_number", "national_id", lambda: make.us_ssn().replace("-", "")), ("nir", "national_id", make.fr_nir), ("pesel", "national_id", make.pl_pesel),
        ("personnummer", "national_id", make.se_pnr), ("codice_fiscale", "national_id", make.it_cf), ("aadhaar_no", "national_id", make.in_aadhaar), ("drivers_license", "national_id", lambda: make.up(1) + make.d(7)), ("c7", "national_id", make.br_cpf), ("kreditkartennummer", "payment_card", make.card), ("data", "payment_card", make.card_spaced),
        ("kontonummer", "bank_account", lambda: make.d(10)), ("bank_acct", "none", lambda: rnd.choice(["main", "spare"])), ("medication", "health", lambda: rnd.choice(["metformin", "lisinopril", "none"])), ("grupo_sanguineo", "health", lambda: rnd.choice(["A+", "O-"])), ("ethnicity", "special_category", lambda: rnd.choice(["asian", "hispanic", "white"])),
        ("sexual_orientation", "special_category", lambda: rnd.choice(["hetero", "gay", "bi"])), ("gehalt", "financial", lambda: str(rnd.randint(30000, 150000))), ("client_ip", "ip_address", make.ipv4), ("imei", "device_id", make.imei), ("lng", "location", lambda: f"{rnd.uniform(-170, 170):.6f}"), ("api_key", "credential", lambda: make.up(32)),
        ("comment", "email", lambda: f"sent the offer to {make.email()} already"), ("fingerprint_template", "biometric", lambda: make.up(64)), ("usuario_correo", "email", make.email),
        ("row_id", "none", lambda: make.d(11)), ("invoice", "none", lambda: make.d(10)), ("email_opt_in", "none", lambda: rnd.choice(["0", "1"])), ("has_phone", "none", lambda: rnd.choice(["yes", "no"])), ("mail_template", "none", lambda: rnd.choice(["welcome", "reset"])), ("address_id", "none", lambda: make.d(6)), ("ip_version", "none", lambda: rnd.choice(["4", "6"])),
        ("file_name", "none", lambda: f"img_{make.d(4)}.png"), ("package", "none", lambda: rnd.choice(["numpy", "torch"])), ("release", "none", lambda: f"{rnd.randint(1, 9)}.{rnd.randint(0, 9)}.{rnd.randint(0, 9)}.{rnd.randint(0, 9)}"), ("amount", "none", lambda: f"{rnd.uniform(1, 999):.2f}"), ("trace", "none", lambda: hashlib.md5(str(rnd.random()).encode()).hexdigest()),
        ("updated", "none", lambda: "2024-%02d-%02d" % (rnd.randint(1, 12), rnd.randint(1, 28))), ("max_tokens", "none", lambda: str(rnd.randint(1, 4096))), ("ean", "none", lambda: make.d(13)), ("epoch_ms", "none", lambda: "1712" + make.d(9)), ("prob", "none", lambda: f"{rnd.random():.5f}"), ("nr", "none", lambda: make.d(9)), ("tracking", "none", lambda: make.d(12)),
        ("part_no", "none", lambda: f"{make.d(3)}-{make.d(3)}-{make.d(4)}"), ("kind", "none", lambda: rnd.choice(["a", "b"])), ("url", "none", lambda: f"https://acme.dev/u/{make.d(9)}"), ("cell_type", "none", lambda: rnd.choice(["code", "markdown"])), ("names_count", "none", lambda: make.d(2)), ("street_lights", "none", lambda: make.d(3)),
        ("question", "none", lambda: rnd.choice(["What is the capital of France and why is it there?", "How do plants make energy from light in the day?"])), ("y", "none", lambda: f"{rnd.uniform(-100, 100):.4f}"), ("barcode", "none", lambda: make.d(12)),
    ]
    return hold if holdout else dev


def tables(out, labels, rnd, make, holdout, files):
    all_columns = columns(rnd, make, holdout)
    for i in range(files):
        form = ["csv", "jsonl", "sqlite"][i % 3]
        path = f"table/{'holdout' if holdout else 'dev'}_{i:03d}.{form}"
        chosen = rnd.sample(all_columns, 14)
        seen, picked = set(), []
        for c in chosen:
            if c[0].lower() not in seen and not (form != "csv" and "." in c[0]):
                seen.add(c[0].lower())
                picked.append(c)
        rows = [[maker() if rnd.random() > 0.04 else None for _, _, maker in picked] for _ in range(rnd.choice([60, 150, 400]))]
        target, table = out / "files" / path, ""
        if form == "csv":
            with target.open("w", newline="", encoding="utf-8") as f:
                w = csv.writer(f, delimiter=rnd.choice(",;"))
                w.writerow([c[0] for c in picked])
                w.writerows(rows)
        elif form == "jsonl":
            target.write_text("".join(json.dumps(dict(zip([c[0] for c in picked], row)), ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        else:
            table = "records"
            target.unlink(missing_ok=True)
            with sqlite3.connect(target) as db:
                db.execute("CREATE TABLE records (%s)" % ", ".join(f'"{c[0]}" TEXT' for c in picked))
                db.executemany("INSERT INTO records VALUES (%s)" % ",".join("?" * len(picked)), rows)
            db.close()
        for name, cls, _ in picked:
            labels.append({"path": path, "table": table, "column": name, "class": cls, "holdout": holdout})


def main():
    out = pathlib.Path(sys.argv[1])
    for folder in ("text", "table"):
        (out / "files" / folder).mkdir(parents=True, exist_ok=True)
    labels = []
    for holdout in (False, True):
        rnd = random.Random(20260 + holdout)
        make = Make(rnd)
        texts(out, labels, rnd, make, HOLDOUT if holdout else DEV, BENIGN_HOLDOUT if holdout else BENIGN_DEV, holdout, 40)
        tables(out, labels, rnd, make, holdout, 30)
    with (out / "labels.jsonl").open("w", encoding="utf-8") as f:
        for label in labels:
            f.write(json.dumps(label, ensure_ascii=False) + "\n")
    print(f"{sum(x['class'] != 'none' for x in labels)} positive and {sum(x['class'] == 'none' for x in labels)} benign places")


if __name__ == "__main__":
    main()

"""Invented identifiers with right check digits, written from the issuers' rules and not from the detector's code."""
import string


class Numbers:
    def __init__(self, rnd):
        self.r = rnd

    def d(self, n):
        return "".join(self.r.choice("0123456789") for _ in range(n))

    def up(self, n, letters=string.ascii_uppercase):
        return "".join(self.r.choice(letters) for _ in range(n))

    def ymd(self):
        return self.r.randint(1940, 2004), self.r.randint(1, 12), self.r.randint(1, 28)

    @staticmethod
    def luhn_digit(body):
        total = 0
        for i, c in enumerate(reversed(body)):
            n = int(c) * (2 if i % 2 == 0 else 1)
            total += n - 9 if n > 9 else n
        return str(-total % 10)

    def retry(self, make):
        while True:
            v = make()
            if v is not None:
                return v

    def card(self):
        prefix, n = self.r.choice([("4", 16), ("51", 16), ("55", 16), ("2223", 16), ("37", 15), ("6011", 16), ("3530", 16), ("36", 14)])
        body = prefix + self.d(n - 1 - len(prefix))
        return body + self.luhn_digit(body)

    def card_spaced(self):
        c = self.card()
        if len(c) == 15:
            return f"{c[:4]} {c[4:10]} {c[10:]}"
        if len(c) == 14:
            return f"{c[:4]} {c[4:10]} {c[10:]}"
        return self.r.choice([" ", "-"]).join(c[i:i + 4] for i in range(0, 16, 4))

    def iban(self):
        country, shape = self.r.choice([("DE", "n18"), ("FR", "n23"), ("GB", "a4n14"), ("NL", "a4n10"), ("ES", "n20"), ("IT", "a1n22"), ("CH", "n17"), ("PL", "n24"), ("PT", "n21"), ("BE", "n12"), ("AT", "n16"), ("SE", "n20")])
        bban, i = "", 0
        while i < len(shape):
            kind, k = shape[i], i + 1
            while k < len(shape) and shape[k].isdigit():
                k += 1
            bban += (self.d if kind == "n" else self.up)(int(shape[i + 1:k]))
            i = k
        number = int("".join(str(int(c, 36)) for c in bban + country + "00"))
        return f"{country}{98 - number % 97:02d}{bban}"

    def iban_spaced(self):
        v = self.iban()
        return " ".join(v[i:i + 4] for i in range(0, len(v), 4))

    def us_ssn(self):
        area = self.retry(lambda: (lambda a: None if a == 666 else a)(self.r.randint(1, 899)))
        return f"{area:03d}-{self.r.randint(1, 99):02d}-{self.r.randint(1, 9999):04d}"

    def us_itin(self):
        return f"9{self.d(2)}-{self.r.choice([70, 71, 75, 80, 88, 90, 94]):02d}-{self.r.randint(1000, 9999)}"

    def us_aba(self):
        b = f"{self.r.randint(1, 12):02d}{self.r.randint(1000, 9999)}{self.d(2)}"
        s = sum(int(c) * w for c, w in zip(b, (3, 7, 1, 3, 7, 1, 3, 7)))
        return b + str(-s % 10)

    def uk_nino(self):
        p = self.retry(lambda: (lambda x: None if x in ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ") else x)(self.up(1, "ABCEGHJKLMNOPRSTWXYZ") + self.up(1, "ABCEGHJKLMNPRSTWXYZ")))
        return f"{p} {self.d(2)} {self.d(2)} {self.d(2)} {self.up(1, 'ABCD')}"

    def uk_nhs(self):
        def make():
            b = self.d(9)
            c = 11 - sum(int(x) * w for x, w in zip(b, range(10, 1, -1))) % 11
            return None if c == 10 else b + str(c % 11)
        v = self.retry(make)
        return f"{v[:3]} {v[3:6]} {v[6:]}"

    def ca_sin(self):
        b = self.r.choice("1234567") + self.d(7)
        v = b + self.luhn_digit(b)
        return f"{v[:3]} {v[3:6]} {v[6:]}"

    def de_steuer_id(self):
        while True:
            digits = self.r.sample("0123456789", 9)
            digits.append(self.r.choice(digits))
            self.r.shuffle(digits)
            if digits[0] != "0":
                break
        p = 10
        for c in digits:
            s = (int(c) + p) % 10 or 10
            p = s * 2 % 11
        check = 11 - p
        return "".join(digits) + str(0 if check == 10 else check)

    def fr_nir(self):
        b = f"{self.r.choice('12')}{self.d(2)}{self.r.randint(1, 12):02d}{self.r.randint(1, 95):02d}{self.r.randint(1, 900):03d}{self.r.randint(1, 999):03d}"
        v = b + f"{97 - int(b) % 97:02d}"
        return self.r.choice([v, f"{v[0]} {v[1:3]} {v[3:5]} {v[5:7]} {v[7:10]} {v[10:13]} {v[13:]}"])

    def it_cf(self):
        odd = dict(zip(string.digits + string.ascii_uppercase, [1, 0, 5, 7, 9, 13, 15, 17, 19, 21] + [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]))
        b = self.up(6, "BCDFGLMNPRSTV") + self.d(2) + self.up(1, "ABCDEHLMPRST") + f"{self.r.randint(1, 28):02d}" + self.up(1, "ABCDEFGHL") + self.d(3)
        s = sum(odd[c] if i % 2 == 0 else (int(c) if c.isdigit() else ord(c) - 65) for i, c in enumerate(b))
        return b + chr(65 + s % 26)

    def es_dni(self):
        n = self.r.randint(10000000, 99999999)
        return f"{n}{'TRWAGMYFPDXBNJZSQVHLCKE'[n % 23]}"

    def es_nie(self):
        p, n = self.r.randint(0, 2), self.r.randint(1000000, 9999999)
        return f"{'XYZ'[p]}{n}{'TRWAGMYFPDXBNJZSQVHLCKE'[(p * 10000000 + n) % 23]}"

    def pt_nif(self):
        b = self.r.choice("12") + self.d(7)
        c = 11 - sum(int(x) * w for x, w in zip(b, range(9, 1, -1))) % 11
        return b + str(0 if c >= 10 else c)

    def nl_bsn(self):
        def make():
            b = self.r.choice("123456789") + self.d(7)
            c = sum(int(x) * w for x, w in zip(b, range(9, 1, -1))) % 11
            return None if c == 10 else b + str(c)
        return self.retry(make)

    def be_nrn(self):
        y, m, d = self.r.randint(40, 99), self.r.randint(1, 12), self.r.randint(1, 28)
        b = f"{y:02d}{m:02d}{d:02d}{self.r.randint(1, 997):03d}"
        c = 97 - int(b) % 97
        return f"{b[:2]}.{b[2:4]}.{b[4:6]}-{b[6:]}.{c:02d}"

    def pl_pesel(self):
        b = f"{self.r.randint(40, 99):02d}{self.r.randint(1, 12):02d}{self.r.randint(1, 28):02d}{self.d(4)}"
        return b + str(-sum(int(x) * w for x, w in zip(b, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3))) % 10)

    def se_pnr(self):
        y, m, d = self.ymd()
        b = f"{y % 100:02d}{m:02d}{d:02d}{self.d(3)}"
        return f"{b[:6]}-{b[6:]}{self.luhn_digit(b)}"

    def no_fnr(self):
        def make():
            y, m, d = self.ymd()
            b = f"{d:02d}{m:02d}{y % 100:02d}{self.d(3)}"
            k1 = -sum(int(x) * w for x, w in zip(b, (3, 7, 6, 1, 8, 9, 4, 5, 2))) % 11
            k2 = -sum(int(x) * w for x, w in zip(b + str(k1), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2))) % 11
            return None if k1 == 10 or k2 == 10 else b + str(k1) + str(k2)
        return self.retry(make)

    def dk_cpr(self):
        y, m, d = self.ymd()
        return f"{d:02d}{m:02d}{y % 100:02d}-{self.d(4)}"

    def fi_hetu(self):
        y, m, d = self.r.randint(1940, 1999), self.r.randint(1, 12), self.r.randint(1, 28)
        n = f"{self.r.randint(2, 899):03d}"
        b = f"{d:02d}{m:02d}{y % 100:02d}"
        return f"{b}-{n}{'0123456789ABCDEFHJKLMNPRSTUVWXY'[int(b + n) % 31]}"

    def cz_rc(self):
        def make():
            b = f"{self.r.randint(55, 99):02d}{self.r.randint(1, 12) + self.r.choice([0, 50]):02d}{self.r.randint(1, 28):02d}{self.d(3)}"
            c = int(b) % 11
            return None if c == 10 else f"{b[:6]}/{b[6:]}{self.fix11(b)}"
        return self.retry(make)

    @staticmethod
    def fix11(b):
        return next(c for c in range(10) if int(b + str(c)) % 11 == 0)

    def tr_tckn(self):
        b = self.r.choice("123456789") + self.d(8)
        odd, even = sum(int(x) for x in b[::2]), sum(int(x) for x in b[1::2])
        ten = (odd * 7 - even) % 10
        return b + str(ten) + str((odd + even + ten) % 10)

    def br_cpf(self):
        b = self.d(9)
        for k in (10, 11):
            s = sum(int(x) * w for x, w in zip(b, range(k, 1, -1))) % 11
            b += str(0 if s < 2 else 11 - s)
        return f"{b[:3]}.{b[3:6]}.{b[6:9]}-{b[9:]}"

    def cl_rut(self):
        n = str(self.r.randint(5000000, 24000000))
        s = 11 - sum(int(x) * (2 + i % 6) for i, x in enumerate(reversed(n))) % 11
        return f"{int(n):,}".replace(",", ".") + "-" + ("0" if s == 11 else "K" if s == 10 else str(s))

    def ar_cuit(self):
        def make():
            b = self.r.choice(["20", "23", "27"]) + self.d(8)
            c = 11 - sum(int(x) * w for x, w in zip(b, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2))) % 11
            return None if c == 10 else f"{b[:2]}-{b[2:]}-{0 if c == 11 else c}"
        return self.retry(make)

    def mx_curp(self):
        y, m, d = self.r.randint(50, 99), self.r.randint(1, 12), self.r.randint(1, 28)
        b = self.up(4, "BCDGLMPRS") + f"{y:02d}{m:02d}{d:02d}" + self.up(1, "HM") + self.up(2, "DFJCMS") + self.up(3, "BCDGLMPRS") + "0"
        alphabet = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
        return b + str(-sum(alphabet.index(c) * (18 - i) for i, c in enumerate(b)) % 10)

    def in_aadhaar(self):
        mul = [list(map(int, row)) for row in ("0123456789", "1234067895", "2340178956", "3401289567", "4012395678", "5987604321", "6598710432", "7659821043", "8765932104", "9876543210")]
        perm = [list(map(int, row)) for row in ("0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258")]
        b = self.r.choice("23456789") + self.d(10)
        for c in range(10):
            x = 0
            for i, ch in enumerate(reversed(b + str(c))):
                x = mul[x][perm[i % 8][int(ch)]]
            if x == 0:
                v = b + str(c)
                return f"{v[:4]} {v[4:8]} {v[8:]}"
        raise AssertionError

    def in_pan(self):
        return self.up(3) + "P" + self.up(1) + f"{self.r.randint(1, 9999):04d}" + self.up(1)

    def cn_id(self):
        y, m, d = self.ymd()
        b = f"{self.r.choice([110101, 310104, 440305, 510107])}{y}{m:02d}{d:02d}{self.d(3)}"
        return b + "10X98765432"[sum(int(x) * w for x, w in zip(b, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))) % 11]

    def kr_rrn(self):
        y, m, d = self.ymd()
        b = f"{y % 100:02d}{m:02d}{d:02d}{self.r.choice('12') if y < 2000 else self.r.choice('34')}{self.d(5)}"
        c = (11 - sum(int(x) * w for x, w in zip(b, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5))) % 11) % 10
        return f"{b[:6]}-{b[6:]}{c}"

    def sg_nric(self):
        p, b = self.r.choice("ST"), self.d(7)
        s = sum(int(x) * w for x, w in zip(b, (2, 7, 6, 5, 4, 3, 2))) + (4 if p == "T" else 0)
        return p + b + "JZIHGFEDCBA"[s % 11]

    def au_tfn(self):
        def make():
            b = self.r.choice("123456789") + self.d(7)
            s = sum(int(x) * w for x, w in zip(b, (1, 4, 3, 7, 5, 8, 6, 9)))
            return next((f"{b[:3]} {b[3:6]} {b[6:]}{c}" for c in range(10) if (s + c * 10) % 11 == 0), None)
        return self.retry(make)

    def za_id(self):
        y, m, d = self.ymd()
        b = f"{y % 100:02d}{m:02d}{d:02d}{self.d(4)}08"
        return b + self.luhn_digit(b)

    def il_tz(self):
        b = self.r.choice("123") + self.d(7)
        return b + self.luhn_digit(b)

    def us_npi(self):
        b = "1" + self.d(8)
        return b + self.luhn_digit("80840" + b)

    def imei(self):
        b = "35" + self.d(12)
        return b + self.luhn_digit(b)

    def phone(self):
        r = self.r
        return r.choice([
            lambda: f"+1 {r.choice([212, 415, 617, 305, 206])} {r.randint(200, 989)} {self.d(4)}", lambda: f"+44 20 7946 0{self.d(3)}", lambda: f"+49 30 {self.d(7)}",
            lambda: f"+33 6 {self.d(2)} {self.d(2)} {self.d(2)} {self.d(2)}", lambda: f"({r.choice([212, 415, 617, 305])}) {r.randint(220, 989)}-{self.d(4)}",
            lambda: f"+91 98{self.d(8)}", lambda: f"+34 6{self.d(2)} {self.d(3)} {self.d(3)}", lambda: f"{r.choice([212, 415, 312])}-{r.randint(220, 989)}-{self.d(4)}",
            lambda: f"+31 6 {self.d(8)}", lambda: f"+61 4{self.d(2)} {self.d(3)} {self.d(3)}", lambda: f"+55 11 9{self.d(4)}-{self.d(4)}"])()

    def ipv4(self):
        return f"{self.r.choice([24, 78, 81, 92, 151, 185, 203])}.{self.r.randint(20, 250)}.{self.r.randint(20, 250)}.{self.r.randint(2, 250)}"

    def ipv6(self):
        return f"2a0{self.r.randint(0, 9)}:{self.r.randint(0x1000, 0xffff):x}:{self.r.randint(0x100, 0xffff):x}::{self.r.randint(0x10, 0xffff):x}"

    def mac(self):
        return ":".join(f"{x:02x}" for x in [0x3c, 0x22, 0xfb] + [self.r.randint(0, 255) for _ in range(3)])

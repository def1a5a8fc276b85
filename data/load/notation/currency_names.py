"""By which codes, signs and words a file names a currency."""

from __future__ import annotations

import re

CODE = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD
CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ
GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP
LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB
PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL
THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW
ZWL
"""
CODES = frozenset(CODE.split())
# Signs and words, without blanks and full stops, in small letters.
WORDS = {
    "EUR": "€ euro euros eur евро",
    "USD": "usd us$ usd$ $us usdollar usdollars dollar dollars dollaro dollari dólar dólares доллар доллары",
    "GBP": "gbp £ gb£ pound pounds sterling poundsterling sterlina sterline pfund livre livres libra libras фунт",
    "JPY": "jpy jp¥ yen 円 йена",
    "CNY": "cny cn¥ rmb yuan renminbi 元 юань",
    "CHF": "chf fr sfr franken francsuisse francssuisses franchisvizzeri swissfranc swissfrancs",
    "RUB": "₽ руб р рубль рубли рублей rubel ruble rublo",
    "PLN": "pln zł zloty złoty złotych",
    "CZK": "kč",
    "HUF": "ft forint",
    "TRY": "₺ tl",
    "UAH": "₴ грн гривна гривен",
    "BGN": "лв лева",
    "RON": "lei leu",
    "RSD": "din дин динара",
    "INR": "₹ rupee rupees",
    "KRW": "₩ won",
    "ILS": "₪",
    "KZT": "₸ тг тенге",
    "GEL": "₾",
    "AMD": "֏",
    "AZN": "₼",
    "PHP": "₱",
    "VND": "₫ đ vnđ",
    "THB": "฿ baht",
    "NGN": "₦",
    "IDR": "rp",
    "MYR": "rm",
    "PEN": "s/",
    "SEK": "skr",
    "NOK": "nkr",
    "DKK": "dkr",
    "BRL": "r$ real reais",
    "CAD": "c$ ca$ can$",
    "AUD": "a$ au$",
    "NZD": "nz$",
    "HKD": "hk$",
    "SGD": "s$ sg$",
    "MXN": "mx$",
}
CODE_OF = {word: code for code, words in WORDS.items() for word in words.split()}
# Signs that several currencies share: that of report if it is one of them, else the first.
SHARED = {
    "$": ("USD", "CAD", "AUD", "NZD", "HKD", "SGD", "MXN", "CLP", "COP", "ARS", "TWD"),
    "¥": ("JPY", "CNY"),
    "￥": ("JPY", "CNY"),
    "rs": ("INR", "PKR", "LKR", "NPR", "MUR", "SCR"),
    "dh": ("MAD", "AED"),
    "dhs": ("AED", "MAD"),
    "fcfa": ("XOF", "XAF"),
    "cfa": ("XOF", "XAF"),
}
CROWN = "kr"
CROWNS = ("SEK", "NOK", "DKK", "ISK")
# A cell may name its currency beside a number: `currency` may be the column of amounts.
BESIDE = r"[-+−()0-9.,'’\s\x{00A0}\x{202F}]+"
_WORDS = "|".join(sorted(map(re.escape, (*CODE_OF, *SHARED, CROWN)), key=len, reverse=True))
# A regular expression for a currency beside a number.
NAMED = f"({'|'.join(sorted(CODES))}|(?i:{_WORDS})\\.?)"

# A word with its full stop (руб., Rs., kr.), which is no decimal mark.
ABBREVIATION = r"[\pL\p{Sc}]+\."


def code_of(said: str, report: str = "") -> str | None:
    """The three-letter code of what a file calls a currency; None for what is none, or not plain.

    >>> code_of("€"), code_of("eur"), code_of("US$"), code_of("$", "CAD"), code_of("kr")
    ('EUR', 'EUR', 'USD', 'CAD', None)
    """
    word = re.sub(r"[\s.\u00a0\u202f]", "", said).lower()
    if word.upper() in CODES or (report and word.upper() == report.upper()):
        return word.upper()
    if word == CROWN:
        return report if report in CROWNS else None
    if shared := SHARED.get(word):
        return report if report in shared else shared[0]
    return CODE_OF.get(word)

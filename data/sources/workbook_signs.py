"""The currency that the number format of an XLSX cell shows beside its number: the cell itself holds none."""

from __future__ import annotations

import re
from decimal import Decimal

# Where several currencies share a sign, the locale behind it tells which is meant: [$$-1009] is the Canadian one.
OF_LOCALE = {
    "$": {"409": "USD", "1009": "CAD", "C0C": "CAD", "C09": "AUD", "1409": "NZD", "80A": "MXN", "2C0A": "ARS",
          "340A": "CLP", "240A": "COP", "C04": "HKD", "404": "TWD", "4804": "SGD", "1004": "SGD", "4809": "SGD",
          "EN-US": "USD", "EN-CA": "CAD", "FR-CA": "CAD", "EN-AU": "AUD", "EN-NZ": "NZD", "ES-MX": "MXN"},
    "¥": {"411": "JPY", "804": "CNY", "JA-JP": "JPY", "ZH-CN": "CNY"},
    "kr": {"41D": "SEK", "414": "NOK", "814": "NOK", "406": "DKK", "40F": "ISK", "SV-SE": "SEK", "NB-NO": "NOK",
           "DA-DK": "DKK", "IS-IS": "ISK"},
}  # fmt: skip
BRACKET = re.compile(r"\[\$([^\]-]+)(?:-([^\]]*))?\]")
OTHER_BRACKET = re.compile(r"\[[^\]]*\]")
SIGN = re.compile(
    r"(?:R|US|CA|AU|NZ|HK|S|A|C)?\$|[€£¥₽₹₺₴₩₪₫฿₱₦₸]|\b(?:EUR|USD|GBP|CHF|JPY|PLN|CZK|SEK|NOK|DKK|ISK|RUB|HUF|RON|BGN"
    r"|TRY|INR|CNY|CAD|AUD|NZD|BRL|MXN|ZAR|AED|SAR|SGD|HKD)\b|\b(?:zł|Kč|Ft|kr|lei|Rs|руб)\b"
)
# Formats by number alone, as programs other than Excel write them.
BUILT_IN = {"5": "$", "6": "$", "7": "$", "8": "$", "42": "$", "44": "$"}


def sign_of(code: str) -> str:
    r"""The sign or code of the currency that a number format shows; nothing where it shows none.

    >>> sign_of("[$$-409]#,##0.00"), sign_of('#,##0.00\\ "€"'), sign_of("[$-409]d/m/yyyy"), sign_of("0.00")
    ('USD', '€', '', '')
    """
    section = code.split(";")[0]
    if found := BRACKET.search(section):
        sign, locale = found[1].strip().rstrip("."), (found[2] or "").upper().lstrip("0")
        return OF_LOCALE.get(sign, {}).get(locale, sign)
    literal = SIGN.search(re.sub(r'_.|\*.|["\\]', "", OTHER_BRACKET.sub("", section)))
    return literal[0] if literal else ""


def signed(number: str, sign: str) -> str:
    """A number as it lies in the file, with the sign beside it; never with three decimals, which may be thousands.

    >>> signed("12.345", "€"), signed("1E2", "USD")
    ('12.3450 €', '100 USD')
    """
    plain = f"{Decimal(number):f}" if "e" in number.lower() else number
    return f"{plain}{'0' * (len(plain.partition('.')[2]) == 3)} {sign}"

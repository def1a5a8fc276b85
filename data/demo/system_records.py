"""The same people as four systems know them: what the ERP, the CRM, the shop and the call centre wrote down.

The truth is drawn first (`_lives`: addresses before and after a move, old and new e-mail and phone, households,
fathers and sons, shared buildings and switchboards), then each system writes it as it stood on a day, with its
own habits and slips. Those who merely share something are other people.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from data.demo.demo_firm import DAYS, FIRST_DAY, Firm
from data.demo.places import FIRST_NAMES, FORMS, SURNAMES, TRADES, places
from data.demo.simulated_customers import KINDS, People
from data.demo.typing_slips import one_of, plain, slipped

COMPANY, PROFESSIONAL, HOUSEHOLD = range(3)
LANGUAGES = tuple(FORMS)
STREETS = {
    "it": "Garibaldi Mazzini Cavour Verdi Dante Roma Manzoni Leopardi Galilei Marconi Matteotti Gramsci Carducci "
    "Puccini Bellini Rossini Pascoli Foscolo Volta Diaz Battisti Trento Trieste Firenze Milano Piave Montello",
    "de": "Goethe Schiller Linden Berg Garten Bahnhof Kirch Schul Mozart Beethoven Haupt Wiesen Rosen Birken "
    "Eichen Mühlen Kloster Park See Wald Feld Ring Sonnen Ahorn Buchen Lerchen Tannen",
    "fr": "Hugo Voltaire Pasteur Gambetta Foch Zola Molière Jaurès Balzac Rousseau Carnot Lamartine Racine Ferry "
    "Diderot Ampère Curie Mirabeau Thiers Rabelais Corneille Raspail Musset Ravel Bizet Berlioz Monet",
    "es": "Cervantes Colón Goya Velázquez Mayor Real Alfonso Quevedo Lorca Machado Picasso Murillo Balmes Bailén "
    "Alcalá Serrano Pizarro Magallanes Calderón Góngora Unamuno Sorolla Falla Albéniz Granados Lepanto Sagasta",
    "en": "High Church Victoria Albert Station Park Mill Queen King Green School York Chapel Bridge Grove North "
    "South West Springfield Windsor Stanley Alexandra Manor Cross Regent Cambridge Richmond",
    "nl": "Kerk School Dorps Molen Station Juliana Wilhelmina Beatrix Prins Rembrandt Vondel Linden Eiken Beuken "
    "Nieuw Oranje Markt Haven Singel Rozen Tulpen Berken Park Kastanje Vermeer Hooft Industrie",
    "pl": "Mickiewicza Słowackiego Kościuszki Polna Leśna Ogrodowa Szkolna Kościelna Lipowa Sienkiewicza Kopernika "
    "Chopina Reymonta Zielona Długa Krótka Piłsudskiego Sobieskiego Żeromskiego Konopnickiej Moniuszki Prusa "
    "Parkowa Słoneczna Wiosenna Dworcowa Warszawska",
}
WAYS = {
    "it": ("Via {}|V. {}", "Viale {}|V.le {}", "Piazza {}|P.za {}", "Corso {}|C.so {}"),
    "de": ("{}straße|{}str.", "{}weg|{}weg", "{}gasse|{}g.", "{}platz|{}pl."),
    "fr": ("rue {}|r. {}", "avenue {}|av. {}", "boulevard {}|bd {}", "place {}|pl. {}"),
    "es": ("Calle {}|C/ {}", "Avenida {}|Avda. {}", "Plaza {}|Pza. {}", "Paseo {}|Pº {}"),
    "en": ("{} Street|{} St", "{} Road|{} Rd", "{} Lane|{} Ln", "{} Avenue|{} Ave"),
    "nl": ("{}straat|{}str.", "{}laan|{}ln", "{}weg|{}weg", "{}plein|{}pl."),
    "pl": ("ul. {}|{}", "al. {}|aleja {}", "pl. {}|plac {}", "os. {}|osiedle {}"),
}
NUMBER_FIRST = ("fr", "en")
NUMBERS = 140
NICKNAMES = (
    "Francesca=Franca Matteo=Teo Andrea=Andre Martina=Marty Stefano=Ste Simone=Simo Elena=Lena "
    "Giulia=Giulietta Katharina=Kathi Maximilian=Max Stefan=Steffen Claudia=Claudi Tobias=Tobi "
    "Jonas=Joni Sophie=Sofie Camille=Cam Antoine=Toni Julien=Jules Mathieu=Matt Élodie=Élo Olivier=Oli "
    "Francesco=Checco Carmen=Carmela Javier=Javi Álvaro=Alvarito Lucía=Luci Rubén=Rubencito "
    "Sergio=Checho María=Mari Emily=Em Thomas=Tom Charlotte=Lottie Oliver=Ollie William=Bill Edward=Ted "
    "James=Jim Harry=Henry Pieter=Piet Willem=Wim Thijs=Matthijs Marieke=Rie Joris=Joor Katarzyna=Kasia "
    "Tomasz=Tomek Agnieszka=Aga Krzysztof=Krzysiek Joanna=Asia Piotr=Piotrek Jakub=Kuba Zofia=Zosia "
    "Michał=Misiek"
)
MAILERS = {
    "it": "gmail.com libero.it hotmail.it alice.it virgilio.it yahoo.it outlook.it",
    "de": "gmail.com web.de gmx.net t-online.de outlook.de freenet.de",
    "fr": "gmail.com orange.fr free.fr laposte.net hotmail.fr sfr.fr",
    "es": "gmail.com hotmail.es yahoo.es telefonica.net outlook.es",
    "en": "gmail.com hotmail.co.uk btinternet.com yahoo.co.uk outlook.com sky.com",
    "nl": "gmail.com ziggo.nl kpnmail.nl hotmail.nl telenet.be outlook.com",
    "pl": "gmail.com wp.pl o2.pl onet.pl interia.pl",
}
ENDINGS = {"it": "it", "de": "de", "fr": "fr", "es": "es", "en": "co.uk", "nl": "nl", "pl": "pl"}
BOXES = ("info", "info", "info", "office", "sales")
LOCAL_CITY = {
    "Florence": "Firenze", "Milan": "Milano", "Rome": "Roma", "Turin": "Torino", "Naples": "Napoli",
    "Venice": "Venezia", "Padua": "Padova", "Mantua": "Mantova", "Cologne": "Köln", "Munich": "München",
    "Nuremberg": "Nürnberg", "Vienna": "Wien", "Seville": "Sevilla", "The Hague": "Den Haag", "Ghent": "Gent",
    "Warsaw": "Warszawa", "Zurich": "Zürich", "Geneva": "Genève",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Numbers:
    """How a country writes phones and post codes; `trunk` is the 0 that falls away after the country's code."""

    code: str
    trunk: str
    mobile: str
    postcode: str


NUMBERING = {
    "Italy": Numbers("39", "", "3", "{d:05d}"),
    "Germany": Numbers("49", "0", "15", "{d:05d}"),
    "France": Numbers("33", "0", "6", "{d:05d}"),
    "Switzerland": Numbers("41", "0", "79", "{s:04d}"),
    "Austria": Numbers("43", "0", "66", "{s:04d}"),
    "Spain": Numbers("34", "", "6", "{d:05d}"),
    "United Kingdom": Numbers("44", "0", "7", "{a}{t} {u}{b}{a}"),
    "Netherlands": Numbers("31", "0", "6", "{s:04d} {b}{a}"),
    "Belgium": Numbers("32", "0", "47", "{s:04d}"),
    "Poland": Numbers("48", "", "5", "{t:02d}-{v:03d}"),
}


@dataclass(frozen=True, slots=True)
class System:
    """One system's habits, each the share of its records: who is in it, what it lacks, how it writes names.

    `slips` is the chance of a slip in a name (half of it in a street, a quarter in an e-mail, a tenth in a
    phone); `mobile` that it holds the mobile of one who has both; `fresh` draws the day it last wrote a record
    (the largest of so many uniforms).
    """

    name: str
    prefix: str
    share: float
    twice: float
    no_street: float
    no_email: float
    no_phone: float
    slips: float
    swapped: float
    initial: float
    nickname: float
    upper: float
    lower: float
    plain: float
    mobile: float
    fresh: int


SYSTEMS = (
    System("erp", "C", 1.0, 0.0, 0.01, 0.20, 0.15, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, mobile=0.4, fresh=3),
    System("crm", "K", 0.5, 0.06, 0.06, 0.12, 0.12, 0.05, 0.10, 0.03, 0.04, 0.08, 0.0, 0.15, mobile=0.6, fresh=2),
    System("shop", "W", 0.5, 0.04, 0.02, 0.0, 0.30, 0.03, 0.02, 0.03, 0.06, 0.01, 0.12, 0.35, mobile=0.9, fresh=1),
    System("callcentre", "T", 0.5, 0.07, 0.12, 0.35, 0.01, 0.13, 0.12, 0.03, 0.05, 0.5, 0.0, 0.8, mobile=0.6, fresh=1),
)  # fmt: skip
COLUMNS = (
    "person", "system", "id", "kind", "name", "street", "postcode", "city", "region", "country", "email", "phone",
    "changed_on",
)  # fmt: skip

Random = np.random.Generator


def records(firm: Firm, everybody: People) -> pl.DataFrame:
    """Every record of every system, the ERP's first by code and each other's by its own numbers.

    `person` is the true customer code, which no matcher may see; ERP ids are those of the warehouse.
    """
    random = firm.random("records")
    lives = _lives(everybody, random)
    return pl.concat([_written(system, lives, random) for system in SYSTEMS])


def _lives(everybody: People, random: Random) -> pl.DataFrame:
    """One row a person: names, homes, e-mails, phones, each as it was (`_0`) and is now (`_1`)."""
    where = places()
    place = everybody.place[1:]
    language = np.array([LANGUAGES.index(each.language) for each in where])[place]
    names = _names(everybody, language)
    lives = names.with_columns(
        pl.Series("person", np.arange(1, len(place) + 1)),
        pl.Series("kind", everybody.kind[1:]),
        pl.Series("language", language),
    )
    home = _sharing(lives, place, random)
    lives = lives.with_columns(**_addresses(place, language, home, where, random))
    lives = lives.with_columns(**_phones(lives, home, random))
    return _emails(lives, home, random)


def _flat(lists: dict[str, list[str]], language: np.ndarray, number: np.ndarray) -> pl.Series:
    """From each one's list, the element at `number`, counted round."""
    sizes = np.array([len(lists[name]) for name in LANGUAGES])
    starts = np.cumsum(sizes) - sizes
    every = pl.Series([word for name in LANGUAGES for word in lists[name]])
    return every[pl.Series(starts[language] + number % sizes[language])]


def _names(everybody: People, language: np.ndarray) -> pl.DataFrame:
    """The parts of the names that the ledger gives the customers, and the names themselves."""
    a, b, c = everybody.name[1:].T
    kind = everybody.kind[1:]
    parts = pl.DataFrame({
        "first": _flat({each: FIRST_NAMES[each].split() for each in LANGUAGES}, language, a),
        "last": _flat({each: SURNAMES[each].split() for each in LANGUAGES}, language, b),
        "trade": _flat({each: TRADES[each].split("|") for each in LANGUAGES}, language, a),
        "form": _flat({each: FORMS[each].split("|") for each in LANGUAGES}, language, c),
        "style": np.where(kind == COMPANY, 0, np.where((kind == PROFESSIONAL) & (c % 2 == 0), 1, 2)),
    })  # fmt: skip
    first, last, trade, form = (pl.col(each) for each in ("first", "last", "trade", "form"))
    ways = [last + " " + trade + " " + form, trade + " " + last, first + " " + last]
    return parts.with_columns(name=one_of(pl.col("style"), ways))


@dataclass(frozen=True, slots=True)
class Sharing:
    """For each person, the row whose home, landline or switchboard, and e-mail it shares; its own where none."""

    home: np.ndarray
    phone: np.ndarray
    email: np.ndarray


def _sharing(lives: pl.DataFrame, place: np.ndarray, random: Random) -> Sharing:
    """Families of one name, couples of two, fathers and sons of the same, firms under one roof."""
    size = len(lives)
    own = np.arange(size)
    home = own.copy()
    private = (lives["style"] == 2).to_numpy()
    surname = lives["last"].cast(pl.Categorical).to_physical().to_numpy().astype(np.int64)
    given = lives["first"].cast(pl.Categorical).to_physical().to_numpy().astype(np.int64)
    same_name = (place * 1000 + surname) * 1000 + given
    _join(home, private, same_name, 0.006, random, own)
    _join(home, private, place * 1000 + surname, 0.17, random, given)
    _join(home, private, place, 0.12, random, given)
    people = home.copy()
    _join(home, ~private, place, 0.06, random, surname)
    _join(home, ~private, place, 0.06, random, surname)
    phone = np.where(random.random(size) < 0.5, home, own)
    email = np.where((random.random(size) < 0.12) & (people != own), people, own)
    chains = own.copy()
    _join(chains, ~private, place, 0.012, random, surname)
    return Sharing(home, phone, np.where(chains != own, chains, email))


def _join(
    home: np.ndarray, who: np.ndarray, key: np.ndarray, share: float, random: Random, unlike: np.ndarray
) -> None:
    """Let about this share of them live with another of the same key, but not of the same `unlike`."""
    order = np.lexsort((random.random(len(key)), key))
    order = order[who[order]]
    left, right = order[:-1:2], order[1::2]
    left = left[: len(right)]
    free = (home[left] == left) & (home[right] == right) & (key[left] == key[right])
    free &= ~np.isin(right, home[home != np.arange(len(home))]) & (unlike[left] != unlike[right])
    chosen = free & (random.random(len(left)) < share)
    home[right[chosen]] = left[chosen]


def _addresses(
    place: np.ndarray, language: np.ndarray, sharing: Sharing, where: object, random: Random
) -> dict[str, pl.Series]:
    """Streets, numbers and places before and after a move, and the day of the move (-1 for never)."""
    size = len(place)
    ways = np.array([len(STREETS[each].split()) * len(WAYS[each]) for each in LANGUAGES])[language]
    found: dict[str, pl.Series] = {}
    moved = random.random(size) < 0.12
    away = moved & (random.random(size) < 0.3)
    near = np.clip(place + random.integers(-3, 4, size), 0, place.max())
    countries = np.array([each.country for each in places()])
    near = np.where(countries[near] == countries[place], near, place)
    for age in (1, 0):
        street = (random.random(size) ** 1.3 * ways).astype(np.int64)
        number = 1 + (random.random(size) ** 1.5 * NUMBERS).astype(np.int64)
        now = np.where(away, near, place) if age == 0 else place
        street, number = street[sharing.home], number[sharing.home]
        if age == 0:
            street = np.where(moved, street, found["street_1"].to_numpy())
            number = np.where(moved, number, found["number_1"].to_numpy())
        found |= {
            f"street_{age}": pl.Series(street),
            f"number_{age}": pl.Series(number),
            f"place_{age}": pl.Series(now),
        }
    found["moved"] = pl.Series(np.where(moved, random.integers(0, DAYS, size), -1))
    return found


def _phones(lives: pl.DataFrame, sharing: Sharing, random: Random) -> dict[str, pl.Series]:
    """National numbers without trunk: a mobile as it was and is, and a landline or switchboard, null for none."""
    size = len(lives)
    countries = np.array([each.country for each in places()])[lives["place_1"].to_numpy()]
    private = (lives["style"] == 2).to_numpy()
    start = pl.Series(countries).replace({name: each.mobile for name, each in NUMBERING.items()})
    mobiles = [start + _digits(random.integers(0, 10**8, size), 8) for _ in range(2)]
    area = pl.Series(lives["place_1"].to_numpy() * 7 % 80 + 15).cast(pl.String)
    italian = pl.Series(np.where(countries == "Italy", "0", ""))
    landline = italian + area + _digits(random.integers(0, 10**7, size)[sharing.phone], 7)
    landline = pl.Series(
        np.where(sharing.phone != np.arange(size), landline.to_numpy()[sharing.phone], landline)
    )
    has_mobile = random.random(size) < np.where(private, 0.92, 0.6)
    has_landline = (random.random(size) < np.where(private, 0.35, 0.9)) | ~has_mobile
    changed = np.where(random.random(size) < 0.06, random.integers(0, DAYS, size), -1)
    known = pl.DataFrame(
        {"m1": mobiles[0], "m0": mobiles[1], "l": landline, "hm": has_mobile, "hl": has_landline}
    )
    made = known.select(
        mobile_1=pl.when("hm").then("m1"), mobile_0=pl.when("hm").then("m0"), landline=pl.when("hl").then("l")
    )
    return {**made.to_dict(), "mobile_changed": pl.Series(changed)}


def _digits(number: np.ndarray, width: int) -> pl.Series:
    return pl.Series(number).cast(pl.String).str.zfill(width)


def _emails(lives: pl.DataFrame, sharing: Sharing, random: Random) -> pl.DataFrame:
    """An old and a new e-mail each, nobody's but theirs unless shared; firms have a domain with several boxes."""
    size = len(lives)
    simple = lives.select(
        *(
            plain(pl.col(part)).str.to_lowercase().str.replace_all(r"[^a-z]", "")
            for part in ("first", "last", "trade")
        ),
        pl.col("style"),
    )
    language = lives["language"].to_numpy()
    now, before = (_mailboxes(simple, language, age, random) for age in (1, 0))
    shared = sharing.email != np.arange(size)
    changed = np.where((random.random(size) < 0.12) & ~shared, random.integers(0, DAYS, size), -1)
    return lives.with_columns(
        email_1=now[pl.Series(sharing.email)],
        email_0=before,
        email_changed=pl.Series(changed),
        shares_email=pl.Series(shared),
    )


def _mailboxes(simple: pl.DataFrame, language: np.ndarray, age: int, random: Random) -> pl.Series:
    """A person's e-mail, or a firm's domain behind an @, each once."""
    size = len(simple)
    mailers = {each: MAILERS[each].split() for each in LANGUAGES}
    drawn = simple.with_columns(
        mailer=_flat(mailers, language, random.integers(0, 5040, size)),
        ending=_flat({each: [ENDINGS[each]] for each in LANGUAGES}, language, np.zeros(size, np.int64)),
        pattern=pl.Series(random.integers(0, 5, size)),
        tail=_tails(random, size, age),
    )
    first, last, trade = (pl.col(each) for each in ("first", "last", "trade"))
    initial = first.str.slice(0, 1)
    locals_ = [first + "." + last, first + last, initial + last, last + "." + first, first + "_" + last]
    sites = [last + trade, trade + last, last + "-" + trade, last + trade, last]
    drawn = drawn.with_columns(
        local=one_of(pl.col("pattern"), locals_) + pl.col("tail"),
        site=one_of(pl.col("pattern"), sites) + pl.col("tail"),
    )
    drawn = drawn.with_columns(
        local=pl.col("local") + _again(["local", "mailer"]), site=pl.col("site") + _again(["site", "ending"])
    )
    private, firm = pl.col("local") + "@" + pl.col("mailer"), "@" + pl.col("site") + "." + pl.col("ending")
    return drawn.select(pl.when(pl.col("style") == 2).then(private).otherwise(firm)).to_series()


def _tails(random: Random, size: int, age: int) -> pl.Series:
    """What follows a name in an e-mail: nothing, a year of birth, some number; never the same in both ages."""
    year, any_number = random.integers(50, 99, size), random.integers(1, 2000, size) + 2000 * (1 - age)
    drawn = random.random(size) if age else random.uniform(0.7, 1.0, size)
    tails = np.where(drawn < 0.2, "", np.where(drawn < 0.7, year.astype(str), any_number.astype(str)))
    return pl.Series(tails)


def _again(key: list[str]) -> pl.Expr:
    """A number for the second and later of those with one key."""
    nth = pl.int_range(pl.len()).over(key)
    return pl.when(nth > 0).then("-" + nth.cast(pl.String)).otherwise(pl.lit(""))


def _written(system: System, lives: pl.DataFrame, random: Random) -> pl.DataFrame:
    """The records of one system: whom it knows, as they were on the day, as it writes."""
    size = len(lives)
    known = np.flatnonzero(random.random(size) < system.share)
    twice = known[random.random(len(known)) < system.twice]
    rows = np.concatenate((known, twice))
    again = np.concatenate((np.zeros(len(known), bool), np.ones(len(twice), bool)))
    if system.share < 1:
        order = random.permutation(len(rows))
        rows, again = rows[order], again[order]
    on = (random.random((system.fresh, len(rows))).max(axis=0) * DAYS).astype(np.int64)
    held = lives[pl.Series(rows)].with_columns(on=pl.Series(on), again=pl.Series(again))
    held = held.with_columns(_contacts(system, held, random))
    held = held.with_columns(name=_said(system, held, random), **_located(system, held, random))
    number = held["person"] if system.share == 1 else pl.Series(np.arange(1, len(rows) + 1))
    return held.select(
        pl.col("person").cast(pl.Int32),
        pl.lit(system.name).alias("system"),
        (system.prefix + number.cast(pl.String).str.zfill(7)).alias("id"),
        pl.Series(_kinds(system, held, random)).alias("kind"),
        *COLUMNS[4:12],
        (pl.lit(FIRST_DAY) + pl.duration(days=pl.col("on"))).alias("changed_on"),
    )


def _kinds(system: System, held: pl.DataFrame, random: Random) -> np.ndarray:
    """The kind of customer, taken for another now and then outside the ERP."""
    kind = held["kind"].to_numpy()
    wrong = (random.random(len(held)) < 0.02) & (system.share < 1)
    said: np.ndarray = np.array(KINDS, object)[np.where(wrong, PROFESSIONAL, kind)]
    return said


def _contacts(system: System, held: pl.DataFrame, random: Random) -> list[pl.Series]:
    """E-mail and phone as known on the day, and which are missing; nobody is without any way to be reached."""
    size = len(held)
    draws = random.random((6, size))
    box = random.integers(0, 6, size)
    stale = (pl.col("on") < pl.col("email_changed")) | (
        pl.col("again") & ~pl.col("shares_email") & (draws[0] < 0.35)
    )
    email = pl.when(stale).then("email_0").otherwise("email_1")
    names = [*(pl.lit(each) for each in BOXES), plain(pl.col("first")).str.to_lowercase()]
    boxes = one_of(pl.Series(box), names)
    email = pl.when(email.str.starts_with("@")).then(boxes + email).otherwise(email)
    mobile = pl.when(pl.col("on") < pl.col("mobile_changed")).then("mobile_0").otherwise("mobile_1")
    prefers = pl.Series(draws[1] < system.mobile)
    phone = pl.when(prefers).then(pl.coalesce(mobile, "landline")).otherwise(pl.coalesce("landline", mobile))
    no_street, no_email = draws[2] < system.no_street, draws[3] < system.no_email
    no_phone = (draws[4] < system.no_phone) & ~(no_street & no_email)
    made = held.select(email=email, national=phone)
    made = made.select(
        pl.when(pl.Series(~no_email)).then("email").alias("email"),
        pl.when(pl.Series(~no_phone)).then("national").alias("national"),
    )
    mail = slipped(made["email"], random.random(size) < system.slips / 4, random)
    mail = pl.select(
        pl.when(pl.Series(draws[5] < 0.05)).then(mail.str.to_uppercase()).otherwise(mail)
    ).to_series()
    dialled = _dialled(made["national"], held["place_1"].to_numpy(), random, system.slips / 10)
    return [mail.alias("email"), dialled.alias("phone"), pl.Series("no_street", no_street)]


def _dialled(national: pl.Series, place: np.ndarray, random: Random, wrong: float) -> pl.Series:
    """A phone in one of the ways people write it, sometimes with a wrong digit."""
    countries = pl.Series(np.array([each.country for each in places()])[place])
    code = countries.replace({name: each.code for name, each in NUMBERING.items()})
    trunk = countries.replace({name: each.trunk for name, each in NUMBERING.items()})
    size = len(national)
    frame = pl.DataFrame({
        "n": national, "code": code, "trunk": trunk, "way": random.integers(0, 7, size),
        "at": random.integers(2, 8, size), "digit": _digits(random.integers(0, 10, size), 1),
        "wrong": random.random(size) < wrong,
    })  # fmt: skip
    n, local = pl.col("n"), pl.col("trunk") + pl.col("n")
    slip = n.str.slice(0, pl.col("at")) + pl.col("digit") + n.str.slice(pl.col("at") + 1)
    frame = frame.with_columns(n=pl.when("wrong").then(slip).otherwise(n))
    spaced = n.str.slice(0, 3) + " " + n.str.slice(3)
    ways = [
        local, local.str.slice(0, 3) + " " + local.str.slice(3), local.str.slice(0, 3) + "/" + local.str.slice(3),
        "+" + pl.col("code") + n, "+" + pl.col("code") + " " + spaced, "00" + pl.col("code") + n,
        "+" + pl.col("code") + " (" + pl.col("trunk") + ")" + n,
    ]  # fmt: skip
    return frame.select(one_of(pl.col("way"), ways).str.replace("()", "", literal=True)).to_series()


def _said(system: System, held: pl.DataFrame, random: Random) -> pl.Series:
    """The name as the system writes it: the ERP as it is, others by ear, by habit and with slips."""
    if system.share == 1:
        return held["name"]
    draws = random.random((9, len(held)))
    firm = _firm_said(system, draws, random.integers(0, 4, len(held)))
    name = one_of(pl.col("style"), [firm, _trader_said(draws[5]), _person_said(system, held, draws)])
    name = pl.when(pl.Series(draws[6] < system.plain)).then(plain(name)).otherwise(name)
    said = slipped(held.select(name=name)["name"], draws[7] < system.slips, random)
    upper, lower = pl.Series(draws[8] < system.upper), pl.Series(draws[8] > 1 - system.lower)
    cased = pl.when(upper).then(said.str.to_uppercase()).when(lower).then(said.str.to_lowercase())
    return pl.select(cased.otherwise(said)).to_series()


def _person_said(system: System, held: pl.DataFrame, draws: np.ndarray) -> pl.Expr:
    """First and last name in either order, with an initial, a nickname, a title, or the name before marriage."""
    person = held["person"].to_numpy()
    surnames = {each: SURNAMES[each].split() for each in LANGUAGES}
    nicknames = dict(pair.split("=") for pair in NICKNAMES.split())
    born = pl.Series(_flat(surnames, held["language"].to_numpy(), person * 7919))
    wed = pl.Series((person * 2654435761 % 1000 < 20) & (held["on"].to_numpy() < DAYS * 0.7))
    both, swapped, titled = (
        pl.Series(each) for each in (draws[0] < 0.25, draws[2] < system.swapped, draws[3] < 0.02)
    )
    last = pl.when(wed & both).then(pl.col("last") + "-" + born).when(wed).then(born).otherwise("last")
    first = (
        pl.when(pl.Series(draws[1] < system.initial)).then(pl.col("first").str.slice(0, 1) + ".")
        .when(pl.Series(draws[1] > 1 - system.nickname)).then(pl.col("first").replace(nicknames))
        .otherwise("first")
    )  # fmt: skip
    natural = first + " " + last
    return pl.when(swapped).then(last + " " + first).when(titled).then("Dr. " + natural).otherwise(natural)


def _firm_said(system: System, draws: np.ndarray, form: np.ndarray) -> pl.Expr:
    """A firm's name and trade in either order, its legal form written out, without dots, in lower case or not."""
    last, trade, bare = pl.col("last"), pl.col("trade"), pl.col("form").str.replace_all(".", "", literal=True)
    said = one_of(pl.Series(form), [pl.col("form"), bare, bare.str.to_lowercase(), pl.lit("")])
    swapped, spelt = pl.Series(draws[2] < system.swapped), pl.Series(draws[4] < 0.3)
    firm = pl.when(swapped).then(trade + " " + last + " " + said).otherwise(last + " " + trade + " " + said)
    return pl.when(spelt).then(firm.str.replace("&", "e", literal=True)).otherwise(firm).str.strip_chars()


def _trader_said(draw: np.ndarray) -> pl.Expr:
    """A professional's trade name, or the professional's own."""
    own = pl.col("first") + " " + pl.col("last")
    return pl.when(pl.Series(draw < 0.08)).then(own).otherwise(pl.col("trade") + " " + pl.col("last"))


def _located(system: System, held: pl.DataFrame, random: Random) -> dict[str, pl.Series]:
    """The address on the day, in the system's manner."""
    size = len(held)
    old = (held["on"] < held["moved"]).to_numpy()
    street, number, place = (
        np.where(old, held[f"{part}_0"].to_numpy(), held[f"{part}_1"].to_numpy())
        for part in ("street", "number", "place")
    )
    draws = random.random((6, size))
    loose = system.share < 1
    text = _street(held["language"].to_numpy(), street, number, random, loose)
    text = slipped(text, draws[0] < system.slips / 2, random)
    where = places()
    missing = pl.Series(held["no_street"])
    towns = np.array([each.city for each in where], object)[place]
    local = np.array([LOCAL_CITY.get(each.city, each.city) for each in where], object)[place]
    city = pl.Series(np.where((draws[1] < 0.05) & loose, local, towns), dtype=pl.String)
    city = slipped(city, draws[2] < system.slips / 6, random)
    codes = pl.Series(_postcodes(place, street), dtype=pl.String)
    made = pl.DataFrame({
        "street": text, "postcode": codes, "city": city,
        "region": pl.Series([each.region for each in where])[pl.Series(place)],
        "country": pl.Series([each.country for each in where])[pl.Series(place)],
    })  # fmt: skip
    without = pl.Series(draws[3] < 0.05) | (missing & pl.Series(draws[4] < 0.7))
    upper = pl.Series(draws[5] < system.upper)
    made = made.with_columns(
        street=pl.when(~missing).then(
            pl.when(upper).then(pl.col("street").str.to_uppercase()).otherwise("street")
        ),
        city=pl.when(upper).then(pl.col("city").str.to_uppercase()).otherwise("city"),
        postcode=pl.when(~without).then("postcode"),
    )
    return made.to_dict()


def _street(
    language: np.ndarray, street: np.ndarray, number: np.ndarray, random: Random, loose: bool
) -> pl.Series:
    """Street and number, abbreviated and punctuated at whim where a system is loose about it."""
    names = {each: STREETS[each].split() for each in LANGUAGES}
    full = {
        each: [
            way.split("|")[short].format(name)
            for name in names[each]
            for way in WAYS[each]
            for short in (0, 1)
        ]
        for each in LANGUAGES
    }
    size = len(street)
    short = (random.random(size) < 0.35) & loose
    comma = (random.random(size) < 0.3) & loose
    none = (random.random(size) < 0.03) & loose
    letter = (random.random(size) < 0.02) & loose
    line = _flat(full, language, street * 2 + short)
    first = np.isin(language, [LANGUAGES.index(each) for each in NUMBER_FIRST])
    frame = pl.DataFrame({
        "line": line, "number": pl.Series(number).cast(pl.String), "first": first, "none": none,
        "gap": np.where(comma, ", ", " "), "letter": np.where(letter, "/A", ""),
    })  # fmt: skip
    numbered = pl.col("number") + pl.col("letter")
    return frame.select(
        pl.when("none").then("line")
        .when("first").then(numbered + pl.col("gap") + pl.col("line"))
        .otherwise(pl.col("line") + pl.col("gap") + numbered)
    ).to_series()  # fmt: skip


def _postcodes(place: np.ndarray, street: np.ndarray) -> np.ndarray:
    """One post code for each place and tenth of its streets, in the country's form."""
    where = places()
    table = np.empty((len(where), 10), object)
    letters = "ABDEFGHJLN"
    for at, each in enumerate(where):
        for part in range(10):
            code = at * 10 + part
            table[at, part] = NUMBERING[each.country].postcode.format(
                d=10_000 + code * 61, s=1000 + code * 7, t=at, u=part, v=code % 1000,
                a=letters[part], b=letters[at % 10],
            )  # fmt: skip
    found: np.ndarray = table[place, street % 10]
    return found

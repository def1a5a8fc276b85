"""What the firm sells: department > category > subcategory > product, with prices, costs and seasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import product as combinations

import numpy as np

from data.demo.demo_firm import MONTHS, Firm, month_index

SEASONS = {
    "even": (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
    "winter": (1.6, 1.4, 1.0, 0.7, 0.5, 0.4, 0.4, 0.6, 1.1, 1.5, 1.8, 1.7),
    "summer": (0.4, 0.5, 0.9, 1.3, 1.8, 2.0, 1.7, 1.1, 0.6, 0.5, 0.4, 0.4),
    "spring": (0.7, 0.9, 1.5, 1.7, 1.5, 1.0, 0.8, 0.6, 1.0, 0.9, 0.7, 0.6),
    "autumn": (0.8, 0.7, 0.8, 0.8, 0.8, 0.8, 0.8, 1.0, 1.7, 1.6, 1.2, 0.9),
    "gifts": (0.6, 0.7, 0.7, 0.8, 1.0, 0.8, 0.7, 0.6, 0.8, 1.1, 1.9, 2.6),
}
COLOURS = (
    "ivory",
    "sand",
    "charcoal",
    "navy",
    "olive",
    "terracotta",
    "burgundy",
    "sky blue",
    "white",
    "ochre",
)
BRANDS = (
    "Bisenzio", "Lanificio Gori", "Filo d'Arno", "Casa Nistri", "Montemurlo", "Tessitura Betti", "Vernio",
    "Alpina", "Nordlinie", "Atelier Lys", "Levante", "Hebden Mill", "Cantiere", "Poggio",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Category:
    """One category: share of lines, typical price (EUR), margin before discounts (share of price), season.

    `wares` are its subcategories: name, noun, then the makes and sizes that vary the products' names.
    """

    department: str
    name: str
    share: float
    price: float
    margin: float
    season: str
    wares: tuple[tuple[str, str, str, str], ...]


CLOTH = "140 cm, 150 cm, 160 cm"
WORN = "S, M, L, XL"
CATEGORIES = (
    Category("Fabrics", "Cottons and linens", 9, 11, 0.38, "spring", (
        ("Shirtings", "shirting", "yarn-dyed, organic, stretch, printed, Oxford", CLOTH),
        ("Linens", "linen cloth", "washed, heavy, printed, natural, herringbone", CLOTH),
        ("Canvas", "canvas", "organic, waxed, light, heavy, striped", CLOTH),
        ("Poplins", "poplin", "stretch, printed, plain, organic, crinkled", CLOTH),
    )),
    Category("Fabrics", "Wools", 7, 24, 0.42, "winter", (
        ("Coatings", "coating", "regenerated wool, cashmere-blend, loden, double-face, boiled wool", CLOTH),
        ("Suitings", "suiting", "merino, flannel, pinstripe, stretch wool, Super 120s", CLOTH),
        ("Tweeds", "tweed", "herringbone, Donegal, lambswool, checked, regenerated", CLOTH),
        ("Felts", "felt", "pressed, needled, millinery, craft, acoustic", "90 cm, 180 cm, sheet A4"),
    )),
    Category("Fabrics", "Synthetics", 5, 8, 0.30, "even", (
        ("Linings", "lining", "acetate, viscose, antistatic, printed, stretch", CLOTH),
        ("Softshells", "softshell", "recycled, light, heavy, printed, bonded", CLOTH),
        ("Fleeces", "fleece", "recycled, light, sherpa, printed, brushed", CLOTH),
    )),
    Category("Fabrics", "Upholstery fabrics", 6, 29, 0.45, "even", (
        ("Velvets", "velvet", "plain, ribbed, stain-proof, flame-retardant, crushed", "140 cm, 280 cm"),
        ("Jacquards", "jacquard", "damask, geometric, floral, contract, reversible", "140 cm, 280 cm"),
        ("Outdoor fabrics", "outdoor canvas", "acrylic, striped, plain, water-repellent",
         "140 cm, 160 cm, 300 cm"),
        ("Faux leathers", "faux leather", "grained, smooth, contract, marine, vegan", "140 cm"),
    )),
    Category("Haberdashery", "Threads and yarns", 8, 3.2, 0.55, "winter", (
        ("Sewing threads", "sewing thread", "mercerised, polyester, silk, elastic",
         "200 m, 1,000 m, 5,000 m"),
        ("Knitting yarns", "knitting yarn", "merino, alpaca, mohair, cotton, cashmere-blend",
         "50 g, 100 g, 200 g"),
        ("Embroidery floss", "embroidery floss", "cotton, metallic, silk, variegated",
         "8 m, 25 m, box of 36"),
    )),
    Category("Haberdashery", "Fasteners", 6, 1.9, 0.60, "even", (
        ("Buttons", "button card", "corozo, horn-look, metal, mother-of-pearl, wood", "12 mm, 18 mm, 25 mm"),
        ("Zips", "zip", "nylon, brass, invisible, two-way, water-repellent", "20 cm, 40 cm, 60 cm"),
        ("Snaps and hooks", "snap set", "brass, steel, nickel-free, plastic", "10 mm, 12 mm, 15 mm"),
        ("Elastics", "elastic tape", "woven, knitted, soft, decorative", "10 mm, 25 mm, 40 mm"),
    )),
    Category("Haberdashery", "Sewing tools", 4, 14, 0.48, "gifts", (
        ("Scissors", "scissors", "tailor's, embroidery, pinking, left-handed", "12 cm, 18 cm, 24 cm"),
        ("Needles", "needle set", "hand-sewing, machine, circular knitting, bamboo",
         "3 pieces, 10 pieces, 30 pieces"),
        ("Measuring", "measuring tape", "spring, tailor's, steel, magnetic", "1.5 m, 3 m, 5 m"),
        ("Sewing machines", "sewing machine", "compact, electronic, overlock, quilting", "basic, plus, pro"),
    )),
    Category("Home textiles", "Bed linen", 8, 39, 0.47, "autumn", (
        ("Sheets", "sheet set", "percale, sateen, linen, flannel, jersey", "single, double, king"),
        ("Duvet covers", "duvet cover", "percale, sateen, linen, printed, seersucker",
         "single, double, king"),
        ("Pillowcases", "pillowcase pair", "percale, sateen, linen, flannel, embroidered",
         "50x75 cm, 50x80 cm, 65x65 cm"),
        ("Bedspreads", "bedspread", "matelassé, piqué, quilted, waffle", "180x260 cm, 260x260 cm"),
    )),
    Category("Home textiles", "Bath linen", 6, 17, 0.46, "gifts", (
        ("Towels", "towel", "terry, waffle, bamboo, combed cotton, hotel", "30x50 cm, 50x100 cm, 100x150 cm"),
        ("Bathrobes", "bathrobe", "terry, waffle, velour, hooded, microfibre", WORN),
        ("Bath mats", "bath mat", "terry, tufted, non-slip, chenille", "50x70 cm, 60x90 cm"),
    )),
    Category("Home textiles", "Kitchen and table", 6, 15, 0.50, "gifts", (
        ("Tablecloths", "tablecloth", "linen, damask, stain-proof, jacquard, printed",
         "140x140 cm, 140x240 cm, 180x320 cm"),
        ("Napkins", "napkins", "linen, damask, cotton, jacquard, printed", "set of 4, set of 6, set of 12"),
        ("Aprons", "apron", "linen, striped, denim, stain-proof", "one size, long, child"),
        ("Tea towels", "tea towels", "linen, waffle, cotton, jacquard", "set of 2, set of 3, set of 6"),
    )),
    Category("Home textiles", "Curtains and blinds", 5, 46, 0.49, "spring", (
        ("Curtains", "curtain", "linen-look, blackout, velvet, thermal, contract",
         "140x260 cm, 140x300 cm, 280x300 cm"),
        ("Sheers", "sheer curtain", "voile, linen, embroidered, organza",
         "140x260 cm, 140x300 cm, 280x300 cm"),
        ("Roller blinds", "roller blind", "blackout, translucent, day-and-night, contract",
         "60 cm, 90 cm, 120 cm"),
        ("Curtain rails", "curtain rail", "steel, oak, aluminium, ceiling-mounted", "120 cm, 200 cm, 300 cm"),
    )),
    Category("Home textiles", "Blankets and throws", 4, 35, 0.44, "winter", (
        ("Blankets", "blanket", "wool, cashmere-blend, fleece, cotton, hospital",
         "130x170 cm, 160x220 cm, 240x260 cm"),
        ("Throws", "throw", "mohair, lambswool, boucle, knitted, regenerated wool", "130x170 cm, 150x200 cm"),
        ("Quilts", "quilt", "down, wool, microfibre, four-season", "single, double, king"),
    )),
    Category("Workwear", "Hospitality wear", 4, 27, 0.40, "spring", (
        ("Chef jackets", "chef jacket", "classic, slim, stretch, breathable", WORN),
        ("Waistcoats", "waistcoat", "classic, slim, reversible, recycled", WORN),
        ("Service aprons", "service apron", "bib, waist, denim, leather-trimmed", "short, long"),
    )),
    Category("Workwear", "Technical wear", 5, 33, 0.36, "autumn", (
        ("Work trousers", "work trousers", "reinforced, summer, winter, stretch, multi-pocket", WORN),
        ("Work jackets", "work jacket", "padded, softshell, waterproof, flame-retardant", WORN),
        ("High-visibility", "reflective vest", "mesh, padded, zipped, multi-pocket", WORN),
    )),
    Category("Workwear", "Safety shoes and gloves", 3, 41, 0.32, "autumn", (
        ("Safety shoes", "safety shoes", "S1P, S3, light, metal-free, insulated", "38, 40, 42, 44, 46"),
        ("Gloves", "work gloves", "cut-resistant, thermal, nitrile, leather", WORN),
        ("Knee protection", "knee pads", "foam, gel, hard-shell, slip-in", "one size, L"),
    )),
    Category("Living", "Cushions", 4, 16, 0.51, "gifts", (
        ("Sofa cushions", "sofa cushion", "velvet, linen, kilim, boucle, embroidered",
         "40x40 cm, 50x50 cm, 30x60 cm"),
        ("Seat pads", "seat pad", "quilted, round, tufted, outdoor", "38 cm, 40 cm, 45 cm"),
        ("Cushion fillings", "cushion filling", "feather, down, recycled fibre, kapok",
         "40x40 cm, 50x50 cm, 30x60 cm"),
    )),
    Category("Living", "Rugs", 3, 88, 0.43, "autumn", (
        ("Wool rugs", "wool rug", "handwoven, tufted, flatweave, felted", "60x90 cm, 140x200 cm, 170x240 cm"),
        ("Cotton rugs", "cotton rug", "washable, handwoven, braided, printed",
         "60x90 cm, 140x200 cm, 70x200 cm"),
        ("Doormats", "doormat", "coir, rubber-backed, washable, ribbed", "40x60 cm, 50x80 cm"),
        ("Rug underlays", "rug underlay", "non-slip, felt, latex, recycled",
         "60x90 cm, 140x200 cm, 170x240 cm"),
    )),
    Category("Living", "Upholstered furniture", 2, 290, 0.34, "even", (
        ("Armchairs", "armchair", "velvet, linen, boucle, swivel", "low-back, high-back"),
        ("Poufs", "pouf", "velvet, knitted, storage, leather-look", "40 cm, 50 cm, 60 cm"),
        ("Sofas", "sofa", "velvet, linen, modular, removable-cover", "two-seat, three-seat, corner"),
        ("Headboards", "headboard", "tufted, panelled, slim, velvet", "90 cm, 140 cm, 160 cm"),
    )),
    Category("Living", "Outdoor", 4, 52, 0.41, "summer", (
        ("Parasols", "parasol", "acrylic, striped, tilting, contract", "200 cm, 250 cm, 300 cm"),
        ("Deckchairs", "deckchair", "teak, folding, striped, aluminium", "classic, wide"),
        ("Outdoor cushions", "outdoor cushion", "water-repellent, striped, piped, quick-dry",
         "45x45 cm, 60x60 cm, 50x120 cm"),
        ("Awnings", "awning", "retractable, sail, balcony, striped", "200 cm, 300 cm, 400 cm"),
    )),
)  # fmt: skip

PRICE_CHANGE_CATEGORY = "Curtains and blinds"
PRICE_CHANGE_DAY = date(2025, 3, 1)
PRICE_FACTOR = 1.15
DEMAND_FACTOR = 0.70
YEARLY_PRICE_FACTOR = 1.03

# (subcategory of the antecedent, subcategory of the consequent, chance that the second joins the first)
ASSOCIATIONS = (
    ("Shirtings", "Buttons", 0.45),
    ("Suitings", "Linings", 0.50),
    ("Velvets", "Cushion fillings", 0.35),
    ("Knitting yarns", "Needles", 0.30),
    ("Sheets", "Pillowcases", 0.55),
    ("Towels", "Bath mats", 0.30),
    ("Tablecloths", "Napkins", 0.50),
    ("Sheers", "Curtain rails", 0.40),
    ("Chef jackets", "Service aprons", 0.45),
    ("Safety shoes", "Gloves", 0.35),
    ("Wool rugs", "Rug underlays", 0.40),
    ("Deckchairs", "Outdoor cushions", 0.35),
)
PROMOTED_CATEGORY = "Bath linen"


@dataclass(frozen=True, slots=True)
class Goods:
    """The catalogue; row i is the product of code i + 1. Prices and costs in cents of the first year."""

    subcategory: np.ndarray
    category: np.ndarray
    names: list[str]
    brand: np.ndarray
    price: np.ndarray
    unit_cost: np.ndarray
    weight: np.ndarray
    associations: np.ndarray
    chances: np.ndarray
    promoted: np.ndarray

    @property
    def pack(self) -> np.ndarray:
        """How many of a product are bought at a time, against one of 20 EUR: cheap things come in numbers."""
        return np.clip((2000 / self.price) ** 0.6, 0.15, 8.0)


def subcategories() -> list[tuple[int, str, str, list[str], list[str]]]:
    """(category number, name, noun, makes, sizes) of each subcategory, in the order of the catalogue."""
    return [
        (number, name, noun, makes.split(", "), sizes.split(", "))
        for number, category in enumerate(CATEGORIES)
        for name, noun, makes, sizes in category.wares
    ]


def catalogue(firm: Firm) -> Goods:
    """The firm's products: evenly many a subcategory, popularity falling with rank^-0.8 inside each."""
    random = firm.random("products")
    wares = subcategories()
    counts = np.full(len(wares), firm.products // len(wares)) + (
        np.arange(len(wares)) < firm.products % len(wares)
    )
    subcategory = np.repeat(np.arange(len(wares)), counts)
    rank = np.arange(firm.products) - np.repeat(np.cumsum(counts) - counts, counts)
    category = np.array([number for number, *_ in wares])[subcategory]
    price = _prices(category, len(wares), subcategory, random)
    margin = np.array([each.margin for each in CATEGORIES])[category] + random.uniform(
        -0.04, 0.04, len(price)
    )
    first = np.cumsum(counts) - counts
    at = {name: start for (_, name, *_), start in zip(wares, first, strict=True)}
    return Goods(
        subcategory=subcategory,
        category=category,
        names=_names(counts, random),
        brand=random.integers(0, len(BRANDS), firm.products),
        price=price,
        unit_cost=np.rint(price * (1 - margin)).astype(np.int64),
        weight=random.uniform(0.6, 1.4, len(wares))[subcategory] * (rank + 1.0) ** -0.8,
        associations=np.array([(at[one], at[other]) for one, other, _ in ASSOCIATIONS]),
        chances=np.array([chance for *_, chance in ASSOCIATIONS]),
        promoted=np.flatnonzero((category == category_number(PROMOTED_CATEGORY)) & (rank >= 1) & (rank < 5)),
    )


def category_number(name: str) -> int:
    """Where a category stands in the catalogue."""
    return [category.name for category in CATEGORIES].index(name)


def month_weights() -> np.ndarray:
    """The pull of each category in each month: its share, its season, and how demand answers the price."""
    share = np.array([category.share for category in CATEGORIES], float)
    season = np.array([SEASONS[category.season] for category in CATEGORIES], float).T
    weights: np.ndarray = np.tile(season, (MONTHS // 12, 1)) * share
    weights[month_index(PRICE_CHANGE_DAY) :, category_number(PRICE_CHANGE_CATEGORY)] *= DEMAND_FACTOR
    return weights


def price_factors() -> np.ndarray:
    """Price of each category in each month against the first year's list."""
    factors = np.repeat(YEARLY_PRICE_FACTOR ** np.arange(MONTHS / 12), 12)[:, None] * np.ones(len(CATEGORIES))
    factors[month_index(PRICE_CHANGE_DAY) :, category_number(PRICE_CHANGE_CATEGORY)] *= PRICE_FACTOR
    return factors


def _prices(
    category: np.ndarray, wares: int, subcategory: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """List prices in cents, ending in 0 or 5 below 10 EUR and in 90 above."""
    typical = np.array([each.price for each in CATEGORIES])[category]
    around = random.lognormal(0, 0.25, wares)[subcategory] * random.lognormal(0, 0.35, len(category))
    cents = 100 * typical * around
    small = np.maximum(np.rint(cents / 5) * 5, 20)
    prices: np.ndarray = np.where(cents < 1000, small, np.floor(cents / 100) * 100 + 90)
    return prices.astype(np.int64)


def _names(counts: np.ndarray, random: np.random.Generator) -> list[str]:
    names: list[str] = []
    for (_, _, noun, makes, sizes), count in zip(subcategories(), counts, strict=True):
        looks = [
            f"{make} {noun} {size}, {colour}" for make, size, colour in combinations(makes, sizes, COLOURS)
        ]
        for each, look in enumerate(np.resize(random.permutation(len(looks)), count)):
            series = f" No. {each // len(looks) + 1}" if each >= len(looks) else ""
            names.append(looks[look][0].upper() + looks[look][1:] + series)
    return names

"""Where the customers live and what they are called: country > region > city, and names in each language."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Country:
    """One market: share of customers, language of its names, regions with their cities, largest first."""

    name: str
    share: float
    language: str
    partner: str
    regions: dict[str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """One city with its share of all customers, and the store and the partner that serve it."""

    country: str
    region: str
    city: str
    share: float
    language: str
    store: str | None
    partner: str


COUNTRIES = (
    Country("Italy", 0.52, "it", "Rete Distretto", {
        "Tuscany": "Florence, Prato, Livorno, Pisa, Arezzo, Siena, Lucca, Pistoia",
        "Lombardy": "Milan, Brescia, Bergamo, Monza, Como, Pavia, Mantua",
        "Emilia-Romagna": "Bologna, Parma, Modena, Reggio Emilia, Ravenna, Rimini",
        "Veneto": "Verona, Venice, Padua, Vicenza, Treviso",
        "Lazio": "Rome, Latina, Viterbo",
        "Piedmont": "Turin, Novara, Alessandria, Biella, Calliano",
        "Campania": "Naples, Salerno, Caserta",
        "Marche": "Ancona, Pesaro, Ascoli Piceno",
        "Apulia": "Bari, Taranto, Lecce",
        "Sicily": "Palermo, Catania, Messina",
        "Trentino-Alto Adige": "Trento, Bolzano, Calliano",
    }),
    Country("Germany", 0.11, "de", "Alpen Kontor", {
        "North Rhine-Westphalia": "Cologne, Düsseldorf, Dortmund, Essen, Krefeld",
        "Bavaria": "Munich, Nuremberg, Augsburg, Regensburg",
        "Baden-Württemberg": "Stuttgart, Mannheim, Karlsruhe, Ulm",
        "Saxony": "Leipzig, Dresden, Chemnitz",
        "Hamburg": "Hamburg",
    }),
    Country("France", 0.09, "fr", "Maison Lys", {
        "Auvergne-Rhône-Alpes": "Lyon, Grenoble, Saint-Étienne, Annecy",
        "Île-de-France": "Paris, Boulogne-Billancourt, Versailles",
        "Provence-Alpes-Côte d'Azur": "Marseille, Nice, Toulon",
        "Hauts-de-France": "Lille, Amiens, Roubaix",
    }),
    Country("Switzerland", 0.06, "de", "Alpen Kontor", {
        "Zurich": "Zurich, Winterthur",
        "Ticino": "Lugano, Bellinzona, Locarno",
        "Bern": "Bern, Thun",
        "Geneva": "Geneva, Carouge",
    }),
    Country("Austria", 0.05, "de", "Alpen Kontor", {
        "Vienna": "Vienna",
        "Tyrol": "Innsbruck, Kufstein, Lienz",
        "Styria": "Graz, Leoben",
        "Carinthia": "Klagenfurt, Villach",
    }),
    Country("Spain", 0.05, "es", "Casa Levante", {
        "Catalonia": "Barcelona, Sabadell, Terrassa, Girona",
        "Madrid": "Madrid, Alcalá de Henares",
        "Valencian Community": "Valencia, Alicante, Alcoy",
        "Andalusia": "Seville, Málaga, Granada",
    }),
    Country("United Kingdom", 0.04, "en", "Rete Distretto", {
        "Greater London": "London, Croydon",
        "North West England": "Manchester, Liverpool, Bolton",
        "Yorkshire": "Leeds, Bradford, Huddersfield",
        "Scotland": "Glasgow, Edinburgh",
    }),
    Country("Netherlands", 0.03, "nl", "Maison Lys", {
        "North Holland": "Amsterdam, Haarlem",
        "South Holland": "Rotterdam, The Hague, Leiden",
        "North Brabant": "Eindhoven, Tilburg",
    }),
    Country("Belgium", 0.025, "nl", "Maison Lys", {
        "Antwerp": "Antwerp, Mechelen, Essen",
        "East Flanders": "Ghent, Aalst",
        "Brussels": "Brussels",
    }),
    Country("Poland", 0.025, "pl", "Rete Distretto", {
        "Łódź": "Łódź, Pabianice",
        "Masovia": "Warsaw, Radom",
        "Lesser Poland": "Kraków, Tarnów",
    }),
)  # fmt: skip

STORE_OF_REGION = {
    "Tuscany": "Prato outlet",
    "Marche": "Prato outlet",
    "Lombardy": "Milan showroom",
    "Piedmont": "Milan showroom",
    "Ticino": "Milan showroom",
    "Emilia-Romagna": "Bologna store",
    "Veneto": "Verona store",
    "Trentino-Alto Adige": "Verona store",
    "Lazio": "Rome store",
    "Campania": "Rome store",
    "Bavaria": "Munich showroom",
    "Auvergne-Rhône-Alpes": "Lyon showroom",
}
STORE_OF_CITY = {"Florence": "Florence store", "Siena": "Florence store", "Arezzo": "Florence store"}

FIRST_NAMES = {
    "it": "Giulia Marco Francesca Luca Chiara Matteo Elena Andrea Sara Paolo Martina Davide Anna "
    "Stefano Laura Simone",
    "de": "Anna Lukas Julia Felix Lena Jonas Katharina Maximilian Sophie Tobias Miriam Stefan Claudia "
    "Jürgen Ute Karl",
    "fr": "Camille Lucas Manon Hugo Claire Antoine Élodie Julien Sophie Mathieu Chloé Pierre Inès "
    "Olivier Anaïs Rémi",
    "es": "Lucía Hugo María Pablo Carmen Javier Marta Álvaro Elena Diego Sofía Sergio Laura Iván Ana Rubén",
    "en": "Olivia Jack Emily Harry Sophie Thomas Grace James Charlotte Oliver Lucy George Hannah "
    "William Alice Edward",
    "nl": "Emma Daan Sanne Bram Lotte Sven Fleur Thijs Eva Joris Anouk Pieter Iris Ruben Marieke Willem",
    "pl": "Anna Jakub Zofia Piotr Katarzyna Tomasz Maria Michał Agnieszka Paweł Ewa Marcin Magda Adam "
    "Joanna Krzysztof",
}
SURNAMES = {
    "it": "Rossi Bianchi Ferrari Russo Romano Gallo Conti Greco Marino Bruno Rizzo Moretti Barbieri "
    "Lombardi Giordano Mancini Colombo Fontana Santoro Mariani Caruso Ferri Pellegrini Bini "
    "Cecchi Gori Nistri Magni Vannucci Betti",
    "de": "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Bauer "
    "Richter Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofer Gruber Huber "
    "Steiner Moser Egger Keller Frei Baumann",
    "fr": "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent "
    "Lefebvre Michel Garcia Roux Fournier Girard Bonnet Mercier Blanc Guérin Boyer Chevalier "
    "Renaud Barbier Perrin Morin Dufour Lacroix",
    "es": "García Martínez López Sánchez Pérez Gómez Martín Jiménez Ruiz Hernández Díaz Moreno Álvarez "
    "Romero Navarro Torres Domínguez Gil Vázquez Serrano Ramos Blanco Molina Ortega Delgado "
    "Castro Ortiz Rubio Marín Ferrer",
    "en": "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson "
    "Evans Walker White Roberts Green Hall Wood Harris Clarke Cooper Ward Turner Hill Baker "
    "Parker Bennett Sykes Barraclough",
    "nl": "Jansen Bakker Visser Smit Meijer Mulder Bos Vos Peters Hendriks Dekker Brouwer Dijkstra Kok "
    "Prins Peeters Janssens Maes Jacobs Willems Claes Goossens Wouters Verhoeven Martens Hermans "
    "Aerts Pauwels Smets Baert",
    "pl": "Nowak Kowalska Wiśniewski Wójcik Kowalczyk Kamiński Lewandowska Zieliński Szymański Woźniak "
    "Dąbrowski Kozłowska Mazur Krawczyk Piotrowski Grabowska Pawlak Michalski Zając Król "
    "Wieczorek Wróbel Stępień Adamczyk Dudek Pająk Sikora Baran Duda Szewczyk",
}
TRADES = {
    "it": "Tessuti|Arredamenti|Confezioni|Tendaggi|Interni|Maglieria|Tappezzeria|Hotel Forniture|"
    "Mercerie|Casa",
    "de": "Textilhandel|Raumausstattung|Polsterei|Objekteinrichtung|Stoffe|Näherei|Hotelbedarf|Wohnen|"
    "Berufskleidung",
    "fr": "Étoffes|Décoration|Tissus|Ameublement|Confection|Literie|Hôtellerie|Intérieurs|Mercerie",
    "es": "Tejidos|Decoración|Confecciones|Tapicería|Hostelería|Cortinas|Mobiliario|Interiores|Mercería",
    "en": "Fabrics|Interiors|Upholstery|Contract Furnishing|Textiles|Linens|Workwear|Hotel Supplies|Drapers",
    "nl": "Stoffen|Interieur|Textiel|Meubelen|Gordijnen|Horeca|Bedrijfskleding|Fournituren|Wonen",
    "pl": "Tkaniny|Wnętrza|Tekstylia|Meble|Tapicerstwo|Pasmanteria|Hotele|Szwalnia|Odzież Robocza",
}
FORMS = {
    "it": "S.r.l.|S.p.A.|& Figli S.n.c.|S.a.s.",
    "de": "GmbH|KG|& Söhne OHG|AG",
    "fr": "SARL|SAS|& Fils SNC|SA",
    "es": "S.L.|S.A.|e Hijos S.L.|S.C.",
    "en": "Ltd|LLP|& Sons Ltd|plc",
    "nl": "B.V.|V.O.F.|& Zonen B.V.|N.V.",
    "pl": "Sp. z o.o.|S.A.|i Synowie Sp.j.|Sp.k.",
}


def places() -> tuple[Place, ...]:
    """Every city with its share of all customers (sums to 1), in geographical order.

    Larger ones stand first in `COUNTRIES`: the k-th region weighs k^-0.7, its j-th city 1/j.
    """
    found = []
    for country in COUNTRIES:
        cities = [
            (region, city, k**-0.7 / j)
            for k, (region, listed) in enumerate(country.regions.items(), 1)
            for j, city in enumerate(listed.split(", "), 1)
        ]
        whole = sum(weight for *_, weight in cities)
        found += [_place(country, region, city, country.share * w / whole) for region, city, w in cities]
    return tuple(sorted(found, key=lambda place: (place.country, place.region, place.city)))


def _place(country: Country, region: str, city: str, share: float) -> Place:
    store = STORE_OF_CITY.get(city, STORE_OF_REGION.get(region))
    return Place(country.name, region, city, share, country.language, store, country.partner)


def shares(found: tuple[Place, ...]) -> np.ndarray:
    """The shares as an array that sums to exactly 1."""
    weights: np.ndarray = np.array([place.share for place in found])
    weights /= weights.sum()
    return weights

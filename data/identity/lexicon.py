"""Words that do not tell one customer from another, and short forms of those that do, in many languages."""

from __future__ import annotations

LEGAL = (
    "srl srls spa snc sas sapa scarl scrl soc coop gmbh mbh kg ohg ag ug gbr eg co cie sarl sasu eurl sa snc sci scop "
    "sl slu slne sc scp cb ltd limited llp plc lp inc llc corp corporation company bv nv vof cv bvba sprl srl asbl vzw "
    "sp z oo spzoo spj spk spp ska sj ab oy oyj as asa aps is kft zrt bt nyrt sro doo dd ad ood eood ooo oao zao "
    "pty lda ltda sagl sarlau"
)
TITLE = (
    "dr dott dottssa ing avv arch geom rag sig sigra signor signora spett spettle ditta firma mr mrs ms miss sir herr "
    "frau prof mme mlle monsieur madame sr sra srta don dona dhr mevr mw pan pani fam famiglia familie jr"
)
CONNECTIVE = (
    "e and und et y i en figli fratelli flli sohne soehne tochter fils freres hijos hermanos hnos sons bros brothers "
    "zonen synowie by of the"
)
WAYS = """
via v
viale vle
piazza pza pzza
piazzale ple
corso cso
largo lgo
vicolo vic
strada
rue r
avenue av ave avenida avda avd
boulevard bd blvd bvd
place pl platz plein plac
chemin ch
impasse imp
allee aleja aleje al
calle c cl
plaza
paseo po pº
carretera ctra
street st strasse straat str
road rd
lane ln laan
drive dr
close
court ct
square sq
ulica ul
osiedle os
weg
gasse
"""
COMPOUNDED = "strasse straat str gasse platz plein pl laan ln weg"
NOT_STREET = "loc localita fraz frazione no nr n num numero snc"
SHORT = """
bill=william will=william billy=william ted=edward eddie=edward ned=edward tom=thomas tommy=thomas jim=james
jimmy=james bob=robert rob=robert bobby=robert dick=richard rick=richard jack=john harry=henry hank=henry
peggy=margaret meg=margaret maggie=margaret liz=elizabeth betty=elizabeth beth=elizabeth kate=catherine
cathy=catherine charlie=charles chuck=charles larry=lawrence tony=anthony mike=michael mick=michael
lottie=charlotte polly=mary molly=mary sally=sarah nell=helen ollie=oliver
beppe=giuseppe peppe=giuseppe pino=giuseppe gigi=luigi gino=luigi checco=francesco checca=francesca
ciccio=francesco franco=francesco franca=francesca teo=matteo nando=ferdinando sandro=alessandro
sandra=alessandra lella=raffaella pippo=filippo mimmo=domenico nino=antonio toni=antonio tonino=antonio
pepe=jose paco=francisco pancho=francisco lola=dolores nacho=ignacio lupe=guadalupe quique=enrique
kike=enrique chema=jose manolo=manuel conchita=concepcion maite=maria
hansi=johannes hans=johannes sepp=josef seppi=josef fritz=friedrich heinz=heinrich uli=ulrich gretel=margarete
kathi=katharina kaethe=katharina steffi=stefanie
kasia=katarzyna tomek=tomasz aga=agnieszka krzysiek=krzysztof asia=joanna kuba=jakub zosia=zofia gosia=malgorzata
basia=barbara wojtek=wojciech misiek=michal piotrek=piotr jurek=jerzy
wim=willem piet=pieter kees=cornelis jan=johannes rie=marieke bart=bartholomeus
"""
COUNTRIES = """
IT 39 italy italia italien italie
DE 49 germany deutschland germania allemagne
FR 33 france frankreich francia
CH 41 switzerland schweiz suisse svizzera
AT 43 austria oesterreich osterreich autriche
ES 34 spain espana spagna spanien
GB 44 unitedkingdom uk greatbritain england scotland wales granbretagna
NL 31 netherlands nederland holland paesibassi
BE 32 belgium belgie belgique belgio belgien
PL 48 poland polska polonia polen
PT 351 portugal portogallo
IE 353 ireland eire irlanda
LU 352 luxembourg luxemburg lussemburgo
DK 45 denmark danmark danimarca
SE 46 sweden sverige svezia
NO 47 norway norge norvegia
FI 358 finland suomi finlandia
CZ 420 czechia czechrepublic ceskarepublika
SK 421 slovakia slovensko
HU 36 hungary magyarorszag
SI 386 slovenia slovenija
HR 385 croatia hrvatska
RO 40 romania
BG 359 bulgaria
GR 30 greece ellada hellas
TR 90 turkey turkiye
RU 7 russia rossiya
UA 380 ukraine ukraina
US 1 unitedstates usa unitedstatesofamerica
CA 1 canada
MX 52 mexico
BR 55 brazil brasil
AR 54 argentina
CN 86 china
JP 81 japan
KR 82 southkorea korea
IN 91 india
AU 61 australia
NZ 64 newzealand
ZA 27 southafrica
MA 212 morocco maroc
TN 216 tunisia tunisie
EG 20 egypt
IL 972 israel
AE 971 unitedarabemirates
"""


def calling_codes() -> list[tuple[str, str]]:
    """Country as its folded name or two letters, and its calling code."""
    lines = [line.split() for line in COUNTRIES.strip().splitlines()]
    return [(word.lower(), code) for iso, code, *names in lines for word in (iso, *names)]


LEGAL_FORMS, TITLES, CONNECTIVES = LEGAL.split(), TITLE.split(), CONNECTIVE.split()


def short_names() -> list[tuple[str, str]]:
    """A short form and the name it stands for."""
    return [(short, formal) for short, _, formal in (pair.partition("=") for pair in SHORT.split())]


def ways() -> list[tuple[str, str]]:
    """A word or abbreviation for a kind of street, and the kind."""
    lines = [line.split() for line in WAYS.strip().splitlines()]
    return [(word, kind) for kind, *others in lines for word in (kind, *others)]

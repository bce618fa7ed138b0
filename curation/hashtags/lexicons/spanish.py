"""Spanish: its words, and the forms that only Spanish has."""

from __future__ import annotations

from curation.hashtags.lexicon import Gendered, Idiom, Lexicon, Rule
from curation.hashtags.lexicons.names import BODIES, LANDS
from curation.hashtags.numbers import counted, forms, inflected, joined

_UNITS = counted(
    "uno/un/una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince "
    "dieciseis diecisiete dieciocho diecinueve veinte veintiuno/veintiun/veintiuna veintidos "
    "veintitres veinticuatro veinticinco veintiseis veintisiete veintiocho veintinueve"
)
_TENS = counted("treinta cuarenta cincuenta sesenta setenta ochenta noventa", 30, 10)
_BELOW = _UNITS | _TENS | joined(_TENS, _UNITS, ("y",))

CARDINALS = _BELOW | {"cien": 100, "ciento": 100} | joined({"ciento": 100}, _BELOW, limit=20)
_NTH_STEMS = counted("primer segund tercer cuart quint sext septim octav noven decim")
_NTH_TENS = counted(
    "vigesim trigesim cuadragesim quincuagesim sexagesim septuagesim octogesim nonagesim centesim",
    20,
    10,
)
ORDINALS = (
    {"primer": 1, "tercer": 3}
    | inflected(_NTH_STEMS | _NTH_TENS, "o a")
    | inflected(counted("undecim duodecim decimotercer decimocuart decimoquint decimosext "
                        "decimoseptim decimoctav decimonoven", 11), "o a")
    | inflected(joined({"decim": 10, "quadragesim": 40} | _NTH_TENS, _NTH_STEMS, ("o", "a", "")), "o a")
    | {"quadragesimo": 40, "quadragesima": 40}
    | inflected(joined({"centesimo": 100}, _NTH_STEMS | {"vigesim": 20}, limit=20), "o a")
    | inflected(joined({"centesimodecimo": 110}, _NTH_STEMS), "o a")
)  # fmt: skip

_KIN = forms(
    "hijo hija hijito hijita mama papa madre padre abuelo abuela abuelito abuelita hermano hermana "
    "hermanito hermanita sobrino sobrina nieto nieta esposo esposa tio tia primo prima ahijado "
    "ahijada mami papi novio novia amigo amiga suegra suegro mellizos gemelos marido mujer yaya",
    "-",
)
_CHILD = (
    "nino nina bebe chico chica princesa principe peque pequeno pequena bebes ninos mibebe nena "
    "nene muchacho muchacha jovencita nenes babyboy babygirl rey reina"
)

WORDS = {
    "years": "anos anitos anios",
    "year": "ano anito anio",
    "age_unit": "primaveras abriles vueltasalsol vueltaalsol velitas velas",
    "months": "mes meses mesecitos mesesitos mesesito mesecito",
    "weeks": "semana semanas semanitas",
    "days": "dia dias diitas",
    "old": "deedad cumplidos reciencumplidos ",
    "life": "devida vividos vividosalmaximo demivida desuvida bienvividos biencumplidos",
    "ordinal": "o a er ro do to mo vo no era ra da ta ma va na avo ava",
    "birthday": (
        "cumpleanos cumple cumples cumpleanios cumpleano cumpleanosfeliz felizcumpleanos "
        "felizcumple birthday cumpleanero cumpleanera cumpleee fiestadecumpleanos cumpleañito "
        "cumpleanito cumpleanitos natalicio"
    ),
    "monthday": "cumplemes cumplemeses mesesario mesiversario mesario cumplemesito",
    "happy": "feliz felices happy felicidades felizfeliz felicitaciones celebrando celebramos festejando "
    "bienvenidos hola bienvenida lindos",
    "turn": (
        "cumplo cumplio cumpliendo cumplimos cumpli cumplen cumplira yacumplo hoycumplo "
        "cumplir cumpliste hoycumple yacumplio hecumplido hacumplido "
        "llegandoalos lleguealos llegoalos llegarlos estrenando estreno estrenandomis cumpledemis"
    ),
    "turn_cumple": "cumplelos cumplesus cumplomis cumplosus cumplomisprimeros",
    "is": "tengo tiene tienes yatengo yatiene contengo tenemos yatienes tienen tengosolo",
    "kin": _KIN,
    "child": _CHILD,
    "whose": "mi mio tu su nuestro nuestra el la nuestros",
    "my_years": "mis tus sus losmis alosmis misprimeros enmis porestos pormis alos misfelices",
    "at": "con",
    "praise": (
        "fabulosa fabuloso fabulosos fabulosas genial geniales maravillosos maravillosa divina "
        "espectacular bella hermosa hermosos regia guapa radiante felizy joven bendecida bendecido "
        "sexy bonitos plena estupenda dulces dulce magica"
    ),
    "party": "fiesta fiestas celebracion party festejo fest tarta pastel fieston",
    "today": "hoy",
    "now": "ya porfin alfin finalmente recien solo casisin",
    "age": "edad miedad suedad conedad aladeedad",
    "number_sign": "numero num nro",
    "of": "de del los las y e lo en ",
    "half": "ymedio ymedia",
    "quince": "quinceanera quinceaneras",
    "veto_before": (
        "casi masde menosde mayoresde menoresde mayorde menorde sobre hasta antesde antesdelos "
        "despuesde despuesdelos desde mas menos cercade rumboalos camino porlos pasados "
        "sub ruta capitulo numerox faltan top grado grupo"
    ),
    "veto_after": (
        "mas ymas omas kilos km minutos horas pesos euros porciento grados siglo puntos goles "
        "capitulos ypico tantos ytantos cosas razones"
    ),
    "veto_beside": (
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre "
        "deenero defebrero demarzo deabril demayo dejunio dejulio deagosto deseptiembre deoctubre "
        "denoviembre dediciembre"
    ),
    "range": "u entre",
    "veto": (
        f"{LANDS} {BODIES} "
        "aniversario aniversarios bodas boda casados casadas matrimonio matrimonios juntos juntas "
        "enamorados noviazgo novios relacion amistad pareja amor deamor deamistad casada casado "
        "atras despues hace haceanos trabajando trabajo experiencia servicio empresa negocio "
        "trayectoria carrera profesion docencia sobrio sobria sobriedad limpio limpia sindrogas "
        "sinalcohol sinfumar reto challenge desafio embarazo embarazada embarazadas "
        "gestacion gestante luto fallecimiento muerte sinti fallecido memoria enelcielo cielo "
        "recuerdo recordando luctuoso perro perra perrito perrita perruno gato gata gatito gatita gatuno "
        "mascota mascotas cachorro cachorra perrhijo perrhija michi lomito caballo loro conejo "
        "casa edificio iglesia whisky ron vino botella coche carro auto moto marca tienda "
        "escuela colegio universidad club ciudad pueblo pais independencia republica revolucion "
        "constitucion guerra paz golpe dictadura historia historico fundacion fundado promo "
        "promocion generacion egresados reencuentro graduacion dieta entrenamiento hipoteca "
        "garantia condena carcel exilio dehistoria demusica musica radio emision temporada "
        "centenario bicentenario diferencia contigo conmigo sinverte desuadios despedida partida "
        "anosluz luz soledad anosnuevo nuevo noche buena hijode cancion pelicula disco album banda "
        "juventud olimpiadas mundial campeon liga titulo equipo futbol futbolclub jubilacion "
        "peru siendomama siendopapa comomama comopapa dematernidad paternidad "
        "desermama dehacer escribiendo estudiando estudios derelacion vegano vegana fumar "
    ),
}

RULES = (
    # cumple40, cumplelos40, cumpledemis30
    Rule("cumple-number", "birthday (of | whose | my_years)* count (years | birthday | today | end |"
         " kin | praise)", 0.75, low=2),
    Rule("turning", "(turn | turn_cumple) (of | now | whose | my_years | at | is)* count half?"
         " (years | months | praise | today | end)", 0.9, low=2),
    Rule("happy-number", "start (happy | today) (of | whose | my_years)* count"
         " (years | age_unit | praise | kin | today | end)", 0.75, low=10),
    Rule("kin-turns", "(kin | child) (of | now)* (birthday | turn) count", 0.85),
    Rule("quince", "(start | whose | my_years) word years? end", 0.6, low=15, high=15),
    Rule("my-years", "my_years count age_unit", 0.85),
    Rule("years-kin", "start count years of+ whose? (kin | child) end", 0.75),
    Rule("nth-years", "start (whose | my_years)* nth years of* life", 0.8),
    Rule("first-years", "start (whose | my_years) nth (years | months) end", 0.6),
    Rule("years", "start (whose)? count half? years half? (praise | happy | birthday | end)", 0.5),
)  # fmt: skip

IDIOMS = (
    Idiom("quinceanera", "quinceanera quinceaneras quinceanero fiestadequince misquince "
          "misquinceanos misxv misxvanos xvanos fiestadequinceanos losquince quinceaños misquinces "
          "quinceprimaveras felicesquince felizquince", 15, 0.8),
    Idiom("first-candle", "primeravelita", 1, 0.8),
    Idiom("first-year", "primeranito miprimeranito suprimeranito miprimerano suprimerano "
          "primeraniodevida nuestroprimeranito", 1, 0.75),
    Idiom("year-and-half", "anoymedio unanoymedio ananoymedio", 1.5, 0.7,
          "(start | is | kin | turn | child) (now | today | of)* idiom (old | kin | life | end)"),
    Idiom("half-year", "medioano medioanito mediocumple mediocumpleanos medioanio", 0.5, 0.65,
          "start (happy | whose | my_years | today | turn | kin | child | is)* idiom"
          " (kin | life | of | child | birthday | end)"),
    Idiom("of-age", "mayoriadeedad soymayordeedad yasoymayordeedad mayordeedad", 18, 0.6,
          "start (whose | now | today | turn | happy)* idiom end"),
    Idiom("fifty", "mediosiglo mediosiglodevida", 50, 0.65,
          "(start | happy | turn | my_years | is) idiom (life | birthday | end)"),
    Idiom("forty", "cuarentona cuarenton", 40, 0.5,
          "start (happy | now | is)* idiom (end | praise)"),
)  # fmt: skip

LEXICON = Lexicon(
    language="es",
    script="latin",
    cardinals=CARDINALS,
    ordinals=ORDINALS,
    words=WORDS,
    rules=RULES,
    idioms=IDIOMS,
    letters="ñ",
    foreign="ãõç",
    gendered=Gendered(
        female=(
            "nina chica hija hijita nieta sobrina hermana hermanita esposa mama mami "
            "madre abuela abuelita tia princesa reina senora ahijada bebita nena "
            "novia amiga suegra mujer prima"
        ),
        male=(
            "nino chico hijo hijito nieto sobrino hermano hermanito esposo papa papi "
            "padre abuelo abuelito tio principe rey senor ahijado bebito nene novio "
            "amigo suegro hombre primo"
        ),
        female_alone="cumpleanera festejada quinceanera",
        male_alone="cumpleanero festejado",
        its="esuna esun seraun serauna yaesuna yaesun",
    ),
)

"""Portuguese: its words, and the forms that only Portuguese has."""

from __future__ import annotations

from curation.hashtags.lexicon import Gendered, Idiom, Lexicon, Rule
from curation.hashtags.lexicons.names import BODIES, LANDS
from curation.hashtags.numbers import counted, inflected, joined

_UNITS = counted(
    "um/uma dois/duas tres quatro cinco seis sete oito nove dez onze doze treze quatorze/catorze "
    "quinze dezesseis/dezasseis dezessete/dezassete dezoito dezenove/dezanove"
)
_TENS = counted("vinte trinta quarenta cinquenta sessenta setenta oitenta noventa", 20, 10)
_BELOW = _UNITS | _TENS | joined(_TENS, _UNITS, ("e",))

CARDINALS = _BELOW | {"cem": 100, "cento": 100} | joined({"centoe": 100}, _BELOW, limit=20)
_NTH_STEMS = counted("primeir segund terceir quart quint sext setim oitav non decim")
_NTH_TENS = counted(
    "vigesim trigesim quadragesim quinquagesim sexagesim septuagesim octogesim nonagesim centesim",
    20,
    10,
)
ORDINALS = inflected(_NTH_STEMS | _NTH_TENS, "o a") | inflected(
    joined({"decim": 10} | _NTH_TENS, _NTH_STEMS, ("o",))
    | joined({"centesimo": 100}, _NTH_STEMS | {"vigesim": 20}, limit=20)
    | joined({"centesimodecimo": 110}, _NTH_STEMS),
    "o a",
)

_KIN = (
    "filho filha filhinho filhinha filhota filhote mae pai mamae papai avo vovo vovozinha irmao irma "
    "irmaozinho sobrinho sobrinha neto neta netinho netinha esposo esposa marido tio tia primo "
    "prima afilhado afilhada amigo amiga namorado namorada sogra sogro gemeos mulher maninha"
)
_CHILD = (
    "menino menina bebe bebes principe princesa rapaz moca pequeno pequena garoto garota crianca "
    "neném nenem mocinha rei rainha homem debutante"
)

WORDS = {
    "years": "anos aninhos anim aninhs anoss",
    "year": "ano aninho",
    "age_unit": "primaveras voltasaosol voltaaosol velinhas outonos",
    "months": "mes meses mesinhos mesinho",
    "weeks": "semana semanas semaninhas",
    "days": "dia dias diazinhos",
    "old": "deidade completos bemvividos completados recemcompletados",
    "life": "devida vividos deexistencia davida",
    "ordinal": "o a",
    "birthday": ("niver aniver aniversariando aniversariante bday birthday niverzinho "),
    "anniversary": "aniversario anivers festadeaniversario aniversariozinho diadeaniversario",
    "monthday": "mesversario mesversarios mesaniversario mesiversario mesverssario mesversarinho",
    "happy": "feliz felizes parabens happy comemorando viva bemvindos bemvinda ola celebrando",
    "turn": (
        "fazendo faco fiz fez faz fazemos completo completando completei completa completou "
        "completamos completaram fazendomeus hojefaz hojefaco cheguei chegueiaos chegandoaos "
        "virei virando fazer estreando hojeelefaz jafez"
    ),
    "is": "tenho tem temos jatem jatenho comseus jacom agoracom estoucom",
    "kin": _KIN,
    "child": _CHILD,
    "whose": "meu minha minhas nosso nossa seu sua do da dele dela",
    "my_years": "meus seus osmeus nosmeus aosmeus teus dosmeus dos aos",
    "at": "",
    "praise": (
        "fabulosa fabuloso linda lindo maravilhosa maravilhoso maravilhosos gata diva plena "
        "abencoada abencoado deslumbrante jovem poderosa incriveis bela gatissima"
    ),
    "party": "festa festas comemoracao party festinha festao bolo",
    "today": "hoje",
    "now": "ja finalmente enfim so apenas agora recem ",
    "age": "idade minhaidade comidade",
    "number_sign": "numero",
    "of": "de das e os na no em ",
    "half": "emeio emeia",
    "veto_before": (
        "quase maisde menosde maioresde menoresde maiorde ate antesdos depoisdos apos desde ha mais "
        "menos acimade acimados pertodos rumoaos faltam sub rota capitulo top grupo"
    ),
    "veto_after": (
        "mais emais oumais km quilos kilos minutos horas reais porcento graus seculo pontos gols "
        "capitulos epoucos etantos etal coisas motivos "
    ),
    "veto_beside": (
        "janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro "
        "dejaneiro defevereiro demarco deabril demaio dejunho dejulho deagosto desetembro "
        "deoutubro denovembro dedezembro"
    ),
    "range": "ou entre",
    "veto": (
        f"{LANDS} {BODIES} "
        "aniversariodecasamento aniversariodenamoro bodas casamento casados casadas casada casado "
        "juntos juntas namoro namorando noivado uniao relacionamento amizade casal deamor amor "
        "deuniao atras depois trabalho trabalhando experiencia servico empresa firma negocio "
        "carreira profissao docencia formado formados formada formatura turma reencontro sobrio "
        "sobria sobriedade limpo limpa semdrogas semalcool semfumar desafio challenge gravidez "
        "gravida gestacao gestante falecimento morte saudade saudades semvoce memoria "
        "noceu ceu lembranca cachorro cachorra cachorrinho cadela caozinho cao gatinho gatinha "
        "aniversariodogato aniversariopet pet pets petlover doguinho dog dogs calopsita coelho "
        "cavalo predio igreja whisky vinho cachaca garrafa carro moto fusca marca loja escola "
        "colegio faculdade clube cidade pais independencia republica constituicao guerra golpe "
        "ditadura historia historico fundacao fundado dehistoria demusica musica radio temporada "
        "centenario bicentenario diferenca dieta treino musculacao financiamento garantia pena "
        "prisao cancao filme disco album banda campeao mundial titulo time futebol timao fla "
        "flamengo corinthians palmeiras aposentadoria aposentado sendomae maternidade paternidade "
        "dematernidade demae depai comomae desermae vegano vegana estudando estudos novo anonovo "
        "noite daempresa daigreja dacidade doclube daescola"
    ),
}

RULES = (
    # In Spanish an aniversario is no birthday; an accent, or words around it, tell.
    Rule("ordinal-aniversário", "(digits ordinal | nth) (of | whose)* anniversary", 0.75, needs="áâãç"),
    Rule("ordinal-aniversário", "(whose | happy) (digits ordinal | nth) anniversary", 0.75),
    Rule("ordinal-aniversário", "(digits ordinal | nth) anniversary (of | whose)+ (kin | child)", 0.75),
    Rule("aniversário-years", "happy? anniversary (of | whose | kin | child)* count years", 0.7),
    Rule("feliz-aniversário", "happy anniversary (of | whose)* count (years | end)", 0.7, low=2),
    Rule("aniversário-number", "anniversary count end", 0.6, low=13, needs="áâãç"),
    Rule("niver-number", "birthday (of | whose | my_years)* count (years | today | end | kin)",
         0.7, low=2),
    Rule("turning", "turn (of | now | whose | my_years | at)* count half?"
         " (years | months | praise | today | end)", 0.9, low=2),
    Rule("happy-number", "start (happy | today) (of | whose | my_years)* count"
         " (years | age_unit | praise | kin | today | end)", 0.75, low=10),
    Rule("is-number", "start now? is count end", 0.7, low=10),
    Rule("years-kin", "start count years (of | whose)+ (kin | child) end", 0.75),
    Rule("first-years", "start (whose | my_years) nth (years | months) (life | end)", 0.6),
    Rule("years", "start whose? count half? years half? (praise | happy | end)", 0.5),
)  # fmt: skip

IDIOMS = (
    Idiom("debutante", "festade15anos debutante bailededebutante debutantes festadequinze", 15,
          0.75, "start (whose | happy)* idiom (end | party | birthday)"),
    Idiom("first-birthday", "primeiroaniversario meuprimeiroaniversario", 1, 0.85),
    Idiom("first-candle", "primeiravelinha", 1, 0.8),
    Idiom("first-year", "primeiroaninho meuprimeiroaninho primeiroanodevida meu1aninho aninho", 1,
          0.75, "start (whose | happy | nth | of)* idiom (kin | child | whose | end | of)"),
    Idiom("year-and-half", "anoemeio umanoemeio", 1.5, 0.7,
          "(start | is | kin | turn | child) (now | today | of)* idiom (old | kin | life | end)"),
    Idiom("half-year", "meioano meioaninho meioaniversario", 0.5, 0.65,
          "start (happy | whose | my_years | today | turn | kin | child | is)* idiom"
          " (kin | life | of | child | end)"),
    Idiom("of-age", "maioridade soudemaior demaior maiordeidade finalmentedemaior", 18, 0.6,
          "start (whose | now | today | turn | happy)* idiom end"),
    Idiom("fifty", "meioseculo meioseculodevida", 50, 0.65,
          "(start | happy | turn | my_years | is) idiom (life | birthday | end)"),
    Idiom("quarentei", "quarentei", 40, 0.75),
    Idiom("trintei", "trintei", 30, 0.75),
    Idiom("cinquentei", "cinquentei", 50, 0.75),
    Idiom("sessentei", "sessentei", 60, 0.75),
    Idiom("vintei", "vintei", 20, 0.7),
    Idiom("trintou", "trintou trintando", 30, 0.7),
    Idiom("quarentou", "quarentou quarentando quarentona quarentao", 40, 0.6),
    Idiom("cinquentou", "cinquentou cinquentando cinquentona cinquentao", 50, 0.6),
    Idiom("sessentou", "sessentou sessentando", 60, 0.6),
)  # fmt: skip

LEXICON = Lexicon(
    language="pt",
    script="latin",
    cardinals=CARDINALS,
    ordinals=ORDINALS,
    words=WORDS,
    rules=RULES,
    idioms=IDIOMS,
    letters="ãõçê",
    foreign="ñ",
    without=frozenset({"is-number"}),
    gendered=Gendered(
        birthday="aniversario felizaniversario parabens",
        female=(
            "menina filha filhinha filhota neta netinha sobrinha irma esposa mae "
            "mamae tia princesa rainha afilhada garota namorada amiga sogra mulher "
            "prima moca"
        ),
        male=(
            "menino filho filhinho filhote neto netinho sobrinho irmao esposo marido "
            "pai papai tio principe rei afilhado garoto namorado amigo sogro homem "
            "primo rapaz"
        ),
        female_alone="emenina ehmenina",
        male_alone="emenino ehmenino",
        its="euma eum seraum serauma ehuma ehum",
    ),
)

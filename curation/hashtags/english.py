"""English: its number words, its ways to state an age, and what only looks like one."""

from __future__ import annotations

from curation.hashtags.grammar import DAY, MONTH, WEEK, GenderRule, Lexicon, Rule, compound, counted

_UNITS = counted(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_TENS = counted("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10)
_ORDINAL_UNITS = counted(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
)
_HUNDREDS = {"hundred": 100, "onehundred": 100, "ahundred": 100}

_CARDINALS = (
    _UNITS
    | _TENS
    | compound(_TENS, _UNITS)
    | _HUNDREDS
    | compound(_HUNDREDS, _UNITS, "and")
    | {"fourty": 40, "ninty": 90, "eightteen": 18}  # as often written
)
_ORDINALS = (
    _ORDINAL_UNITS
    | {f"{word[:-1]}ieth": value for word, value in _TENS.items()}
    | compound(_TENS, _ORDINAL_UNITS)
    | {f"{word}th": value for word, value in _HUNDREDS.items()}
    | compound(_HUNDREDS, _ORDINAL_UNITS, "and")
    | {"fourtieth": 40, "twelveth": 12, "nineth": 9}  # as often written
)

_WORDS = {
    "birthday": (
        "birthday bday birtday birthay brithday bithday birthdy birthdat birhday birthdya "
        "birthtday bdayy birthda birthdayy"
    ),
    "short_birthday": "bd hbd",
    "happy": "happy hbd hapy happpy",
    "kin": (
        "mom mum mam mama mamma mommy mummy mother dad daddy papa father nan nana nanny nanay "
        "tatay lola lolo gran granny grandma grandpa granddad grandad grandmother grandfather pop "
        "pops son daughter sister brother sis bro wife husband hubby niece nephew baby babyboy "
        "babygirl aunt auntie uncle cousin bestie sissy grandson granddaughter"
    ),
    "parents": (
        "mom mum mama mamma mommy mummy mother ourmother dad daddy papa father nana nanny nanay "
        "tatay granny grandma grandpa grandad grandmother grandfather"
    ),
    "whose": "my his her our your",
    "titles": "pastor bishop prof professor reverend chief apostle sir",
    "well": (
        "fabulous fab blessed blesses bless thankful grateful gorgeous beautiful fierce flirty fit "
        "fine sexy sassy alive amazing awesome stunning nifty foxy fantastic sensational terrific "
        "thriving legal flawless naughty funky lit fearless proud happy strong free single loving "
        "empowering sparkling glowing glorious healthy wise classy glam vibrant"
    ),
    "months": (
        "january february march april may june july august september october november december "
        "febuary sept jan feb mar apr jun jul aug sep oct nov dec"
    ),
    "long_months": (
        "january february march april june july august september october november december sept"
    ),
    "month_starts": "jan feb mar apr may jun jul aug sep oct nov dec",
    "pets": (
        "dog doggo puppy pup cat kitten kitty dogs cats puppies kittens horse pony bunny rabbit "
        "labrador dachshund frenchie bulldog pug poodle corgi husky beagle goldenretriever gsd"
    ),
    "things": (
        "house home building tree church whisky whiskey scotch wine bourbon rum cheese bottle "
        "truck car bike bicycle recipe photo pic picture memory memories jeans shirt dress shoes "
        "brand company business shop store brewery school tradition bridge road startup website "
        "phone laptop furniture painting book song album movie film"
    ),
    "lands": (
        "nigeria naija ghana kenya uganda zambia zimbabwe india indonesia malaysia pakistan "
        "singapore israel america usa philippines bangladesh srilanka southafrica tanzania rwanda "
        "botswana malawi namibia ethiopia nepal canada australia newzealand jamaica trinidad "
        "barbados fiji mauritius kuwait uae qatar"
    ),
    "bodies": (
        "nhs nasa disneyland hiphop dccomics company church disneyworld disney magazine university "
        "college footballclub fanclub league "
        "hospital museum airline airlines radio television channel motors corporation foundation "
        "association society institute academy library orchestra stadium amendment usaf raf navy "
        "army marines internet bitcoin google facebook twitter instagram youtube thesims sims "
        "hellokitty godzilla batman superman gundam pokemon mario zelda"
    ),
}

_PATTERNS = {
    # what follows a number and makes it a quantity, not an age
    "no_quantity": (
        r"(?!\d|degrees?|deg|percent|pct|mm|cm|km|kg|lbs?|miles?|mph|kph|hours?|hrs?|min|minutes?"
        r"|secs?|days?|weeks?|months?|k(?![a-z])|m(?![a-z])|am(?![a-z])|pm(?![a-z])|th|st(?![a-z])"
        r"|nd|rd|s$|ish|plus|something|heads?|pages?|points?|goals?|followers|subs)"
    ),
    "end": (
        r"(?=$|to?day|tomorrow|now|yay|club|party|birthday|bday|celebration|bash|again|me$|years?)"
    ),
    "at_end": r"(?=$|today|tomorrow|now|yay|party|celebration)",
    "years_old": r"(?:\dyo|(?:year|yr|month)s?old)(?:baby)?",
    "now": r"(?:now|just|only|already|finally|officially)",
}

_RULES = [
    # 7thbirthday, happy_sparkling_27th_birthday, fortiethbirthday
    Rule("ordinal-birthday", r"{nth}{birthday}", 0.95),
    Rule("ordinal-birthday-short", r"{dth}{short_birthday}", 0.8),
    # happy_33rd_inguk_birthday: whose birthday stands between
    Rule(
        "ordinal-name-birthday",
        r"{dth}(?!of|place|street|ave|grade|century|district|floor|state|day|week|month|year"
        r"|birth|{months})[^\W\d]{1,15}?{birthday}",
        0.7,
        low=2,
    ),
    # happy22bday, happybirthday45th
    Rule("number-birthday", r"(?:^|{happy}|{whose}){n}{birthday}(?!s)", 0.85, low=2),
    Rule("birthday-name-ordinal", r"{happy}{birthday}[^\W\d]{1,20}{dth}$", 0.7, low=2),
    Rule("birthday-ordinal", r"{birthday}(?:number)?{dth}(?!of|{months})", 0.7, low=2),
    # happy30th, hbd34th; not happy4th, which is the fourth of July
    Rule(
        "happy-ordinal",
        r"{happy}{dth}(?!of|theof|day|week|month|year|trimester|place|grade|{months}|sunday|monday"
        r"|tuesday|wednesday|thursday|friday|saturday)",
        0.65,
        low=5,
    ),
    Rule("happy-ordinal-word", r"^{happy}{nth}$", 0.6, low=16),
    Rule("happy-number", r"^{happy}{n}$", 0.5, low=16),
    # my30th, savemywifes40th, grandmas90th
    Rule("whose-ordinal", r"(?:^{whose}|{whose}{kin}s?|^{kin}s?){nth}{end}", 0.65, low=16),
    Rule("ordinal-party", r"^{dth}(?:bash|party)$", 0.55, low=16),
    # turning12, reignturns5, justturned40
    Rule("turning", r"(?<!re)(?<!^u)turn(?:s|ed|ing){d}{no_quantity}", 0.9),
    Rule("turning-word", r"(?<!re)(?<!^u)turn(?:s|ed|ing){n}{end}", 0.9),
    # 16yearsold, 5andahalfyearsold, 90yearsyoung, thirtyyearsold
    Rule("years-old", r"{n}(?P<half>andahalf)?(?:years?|yrs?)(?:old|young)(?!er)", 0.95),
    Rule("years-of-age", r"{n}(?:years?|yrs?)ofage", 0.9),
    Rule("years-of-life", r"{n}(?:years?|yrs?)oflife$", 0.75, low=3),
    Rule("year-and-months", r"{d}(?:years?|yrs?)(?:and)?{m}(?:months?|mos?)(?:old)?", 0.8, high=17),
    Rule(
        "yo", r"{d}yo(?=$|boy|girl|son|daughter|kid|toddler|woman|man|lady|male|female|me$)", 0.85
    ),
    # 6monthsold, 3weeksold, 5daysold
    Rule("months-old", r"{n}(?:months?|mos?|mths?)(?:old|young|baby)", 0.95, MONTH, high=48),
    Rule(
        "is-months",
        r"(?:{kin}is|^im|^iam|^shes|^hes|heis|sheis){now}?{n}months?{at_end}",
        0.85,
        MONTH,
        high=48,
    ),
    Rule("months-old-short", r"^(?:baby)?{d}mo$", 0.6, MONTH, high=24),
    Rule("weeks-old", r"{n}(?:weeks?|wks?)old", 0.95, WEEK, high=104),
    Rule("days-old", r"{n}daysold", 0.95, DAY, high=365),
    Rule("half-birthday", r"^(?:happy|my|first|1st)?halfbirthday", 0.6, age=0.5),
    # age30, attheageof5
    Rule("age", r"^(?:at)?(?:theage|age|aged|ageof|theageof){n}$", 0.75),
    # heis17, shesfour, mydaughteris26today, 60today
    Rule("is-number", r"(?:^im|^iam|^shes|^hes|heis|sheis){now}?{n}{at_end}", 0.7, low=3),
    Rule("is-number-today", r"(?:^im|^iam|^shes|^hes|heis|sheis|is){now}?{n}today", 0.75),
    Rule("kin-is-number", r"{kin}(?:is|justturned){now}?{n}{at_end}", 0.75),
    Rule("kin-number-today", r"^(?:my|our)?{kin}{n}today$", 0.75),
    Rule("number-today", r"^{n}today$", 0.7),
    # kathrynblessedat24, mamaat63, fabulous50, 40andfabulous, thirtyflirtyandthriving
    Rule("well-at-number", r"{well}at{n}(?!\d|th|k$|am|pm)", 0.7, low=13),
    Rule("kin-at-number", r"(?:^|my|our){parents}[^\W\d]{0,10}at{d}$", 0.6, low=16),
    Rule("title-at-number", r"^(?:our|my)?{titles}[^\W\d]{1,15}at{d}$", 0.6, low=18),
    Rule(
        "well-number", r"(?:^|the|my|so|and){well}{n}(?:$|club|birthday|bday|party)", 0.65, low=18
    ),
    Rule("number-and-well", r"^(?:im|iam|turning)?{n}and{well}", 0.7, low=16),
    Rule("number-flirty", r"{n}flirty(?:and|n)", 0.8, low=18),
    Rule("dirty-thirty", r"(?:dirty|flirty|thirstyand)(?:30|thirty){end}", 0.85, age=30),
    Rule("sweet-sixteen", r"sweet(?:16|sixteen)(?:th)?(?!\d)", 0.8, age=16),
    Rule("sweet-fifteen", r"sweet(?:15|fifteen)(?!\d)", 0.75, age=15),
    Rule("hello", r"^hello{n}$", 0.55, low=30),
    Rule("big-five-oh", r"^(?:the)?big{n}(?:oh|o|zero)$", 0.7, unit=10, low=3, high=9),
    Rule("big-number", r"^(?:the)?big{n}$", 0.65, low=30),
    Rule("finally", r"^(?:im)?(?:finally|officially|legally){n}$", 0.75, low=13),
    Rule("this-is", r"^thisis(?:what)?{n}(?:$|looks)", 0.7, low=3),
    Rule("look-whos", r"^(?:lordy)*(?:look|guess)who(?:s|is){n}$", 0.8),
    Rule("looks-good", r"^{n}(?:never|looks?|neverlooks?)(?:looked)?(?:so)?good", 0.7, low=16),
    Rule("around-the-sun", r"{n}(?:trips?|laps?|times?|years?)around(?:the)?sun", 0.85),
    Rule("ordinal-around-the-sun", r"{nth}(?:trip|lap|time|year)around(?:the)?sun", 0.85),
    # names of birthday parties for the smallest
    Rule("onederland", r"onederland|onederful", 0.85, age=1),
    Rule("two-tti-frutti", r"twot+ifrutti|twoinfrutti", 0.85, age=2),
    Rule("threenager", r"threenager|threerex", 0.75, age=3),
    Rule("wild-and", r"youngwildand{n}$", 0.8, low=2, high=5),
]

_VETOES = [
    r"annivers|an+ivers|monthsary|mainesary|weeksary|jubilee|yearsary",
    r"heaven|death|virgin|memory|memoriam|memorial|remember|^rip|posthum|would(?:ve|have)?(?:be|been)|angelversary",
    r"birthcentenary|centenary|independence|pregnan|preggo|postpartum|trimester|gestation|bump",
    r"married|marriage|wedding|together|inlove|sober|sobriety|clean(?!ed)|cancerfree|smokefree",
    r"challenge|workout|covid|corona|ncaa|marchmadness|season|episode|classof|reunion|isthenew|\d+thenew",
    r"(?:over|under|before|closeto|closerto|almost|nearly|notquite|until|till|not|past|after){n}",
    r"\d+(?:to|or|and|vs)\d+(?:year|yr|month|week)|\d+before\d+|\d+under\d+|\d+ish",
    r"ago$|agotoday|{things}$|old{things}|old(?:er)?than|yearolder",
    r"(?:^|[\d_]|old|birthday|bday|happy|s){pets}s?$|(?:dog|cat|puppy|pet)(?:s|sof)?{birthday}",
    # the day of a month, not a birthday's count
    r"{long_months}\d|^{month_starts}\d|\d(?:st|nd|rd|th)?(?:of)?{long_months}",
    r"\d(?:st|nd|rd|th)(?:of)?{months}(?:$|\d|{birthday})",
    # the first birthday of a mother as a mother
    r"(?:first|second|1st|2nd|3rd){birthday}(?:as|with|since|away|post|without|in(?!sp|v|s))",
    # birthdays of countries, institutions, brands
    r"^{lands}|{lands}$|^(?:the)?{bodies}|{bodies}$|magazine|disneyland|university",
]

_GENDER_RULES = [
    GenderRule("birthday-girl", r"birthday(?:girl|queen|princess|lady)(?!s|friend)", "female", 0.6),
    GenderRule("birthday-boy", r"birthday(?:boy|king|prince|guy)(?!s|friend|cess)", "male", 0.6),
    GenderRule("its-a-girl", r"^itsa(?:baby)?girl(?:$|today)", "female", 0.5),
    GenderRule("its-a-boy", r"^itsa(?:baby)?boy(?:$|today)", "male", 0.5),
    GenderRule(
        "years-old-girl",
        r"{years_old}(?:girl|daughter|woman|lady)$",
        "female",
        0.6,
    ),
    GenderRule("years-old-boy", r"{years_old}(?:boy|son|man)$", "male", 0.6),
    GenderRule("baby-girl", r"^(?:my|our|sweet)?(?:baby|toddler|little)girl$", "female", 0.5),
    GenderRule("baby-boy", r"^(?:my|our|sweet)?(?:baby|toddler|little)boy$", "male", 0.5),
    GenderRule(
        "female-kin",
        r"^(?:happybirthday)?(?:to)?(?:my|our)(?:beautiful|sweet|little|big|baby)*"
        r"(?:daughter|granddaughter|niece|sister|wife|girl|mom|mum|grandma)(?:$|turn|is)",
        "female",
        0.5,
    ),
    GenderRule(
        "male-kin",
        r"^(?:happybirthday)?(?:to)?(?:my|our)(?:handsome|sweet|little|big|baby)*"
        r"(?:son|grandson|nephew|brother|husband|boy|dad|grandpa)(?:$|turn|is)",
        "male",
        0.5,
    ),
]

LEXICON = Lexicon(
    language="en",
    cardinals=_CARDINALS,
    ordinals=_ORDINALS,
    ordinal_endings="st|nd|rd|th",
    words=_WORDS,
    rules=_RULES,
    vetoes=_VETOES,
    patterns=_PATTERNS,
    gender_rules=_GENDER_RULES,
)

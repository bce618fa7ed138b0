"""English: its words, and the forms that only English has."""

from __future__ import annotations

from curation.hashtags.lexicon import Gendered, Idiom, Lexicon, Rule
from curation.hashtags.lexicons.names import BODIES, LANDS
from curation.hashtags.numbers import counted, forms, joined

_UNITS = counted(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen/eightteen nineteen"
)
_TENS = counted("twenty thirty forty/fourty fifty sixty seventy eighty ninety/ninty", 20, 10)
_NTHS = counted(
    "first second third fourth fifth sixth seventh eighth ninth/nineth tenth eleventh "
    "twelfth/twelveth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
)
_HUNDREDS = {"hundred": 100, "onehundred": 100, "ahundred": 100}
_JOINTS = ("", "and")
_BELOW = _UNITS | _TENS | joined(_TENS, _UNITS)

CARDINALS = _BELOW | _HUNDREDS | joined(_HUNDREDS, _BELOW, _JOINTS, 20)
ORDINALS = (
    _NTHS
    | {f"{word[:-1]}ieth": value for word, value in _TENS.items()}
    | joined(_TENS, _NTHS)
    | {f"{word}th": value for word, value in _HUNDREDS.items()}
    | joined(_HUNDREDS, _NTHS | {"twentieth": 20}, _JOINTS, 20)
)

_PARENTS = (
    "mom mum mam mama mamma mommy momma mummy mother dad daddy papa father nan nana nanny nanay "
    "tatay lola lolo gran granny grandma grandpa granddad grandad grandmother grandfather pops "
    "grammy gramma nonna poppop"
)
_KIN = (
    "son daughter sister brother sis bro wife wifey husband hubby niece nephew aunt auntie uncle "
    "cousin bestie bestfriend sissy grandson granddaughter firstborn lastborn stepson goddaughter "
    "godson twin twins boyfriend girlfriend"
)
_CHILD = (
    "baby babyboy babygirl boy girl toddler kid child newborn infant babies boys girls kids man "
    "woman lady male female princess prince little littleone littleboy littlegirl bigboy biggirl "
    "guy mybaby teen"
)

WORDS = {
    "years": "years year yrs yr yearz",
    "age_unit": (
        "yo yearsold yearold yrsold yrold yearsyoung yearyoung yearsofage yearofage yoa yrsyoung"
    ),
    "months": "months month mos mo mths mth",
    "weeks": "weeks week wks wk",
    "days": "days day",
    "old": "old young ofage",
    "life": "oflife onearth onthisearth onthisplanet alive",
    "ordinal": "st nd rd th",
    "birthday": (
        "birthday bday birthdayy bdayy birtday birthay brithday bithday birthdy birthdat birhday "
        "birthdya birthtday birthda borthday bd "
        "birthdaybash birthdayparty birthdays bdays"
    ),
    "happy": "happy hbd hapy happpy merry celebrating celebrate celebrates wishing",
    "turn": "turns turned turning turnt hitting reaching justturned turn",
    "is": "im iam shes hes heis sheis theyre hesalready imalready iamnow imnow ",
    "kin": f"{_PARENTS} {_KIN} {forms(f'{_PARENTS} {_KIN}', 's')}",
    "parent_at": forms(_PARENTS, "at"),
    "child": _CHILD,
    "whose": "my our his her your their",
    "at": "at",
    "praise": (
        "fabulous fab blessed blesses bless thankful grateful gorgeous beautiful fierce flirty fit "
        "fine sexy sassy amazing awesome stunning nifty foxy fantastic sensational terrific "
        "thriving legal flawless naughty funky lit fearless proud strong single loving fly "
        "empowering sparkling glowing glorious healthy wise classy glam vibrant fabulously super "
        "hot lovely living loved thirsty pretty handsome perfect unstoppable winning rocking free "
        "dirty flourishing flawsome vintage spicy rockin slaying epic ageless"
    ),
    "sweetly": "sweet mysweet sosweet",
    "party": "party bash celebration celebrations weekend club cake dinner fest surprise",
    "today": "today tomorrow tonight",
    "now": "now just only already finally officially legally",
    "age": "age aged myage",
    "of": "of the and a an n on for in with tome toyou tohim toher",
    "half": "half andahalf ahalf andhalf",
    "name_is": "is",
    "range": "to or vs versus",
    "looks": "looksgood looksgoodonme looksgoodonyou neverlookedsogood neverlookedbetter lookslike "
    "neverlookssogood neverlookedthisgood looksgoodonher looksgoodonhim lookedsogood lookgood "
    "neverfeltsogood feelslike andstill",
    "sun": (
        "triparoundthesun tripsaroundthesun lapsaroundthesun laparoundthesun timesaroundthesun "
        "yearsaroundthesun yeararoundthesun tripsaroundsun aroundthesun rotationsaroundthesun "
        "orbitsaroundthesun trekaroundthesun spinsaroundthesun"
    ),
    "hello": "hello welcome helloagain hey hi cheersto heresto toastto",
    "big": "thebig big",
    "oh": "oh o zero",
    "look": "lookwhos guesswhos lookwhois lookwhosturning lordylordylookwhos lordylookwhos",
    "chapter": "chapter level levelup levelunlocked lvl levelled",
    "this_is": "thisis thisiswhat",
    "title": "pastor bishop prof professor reverend chief apostle sir drs papi",
    "veto_before": (
        "closeto closerto almost nearly notquite until till not past after since "
        "closer top best every below above countdownto no number "
        "only4 season episode part vol volume type size route highway"
    ),
    "veto_after": (
        "s ish plus something somethings heads followers subs degrees degree deg percent "
        "pct pages page points goals lbs miles mile hours hour hrs minutes secs "
        "am pm place grade street ave century district floor state battalion trimester "
        "weeksago overs dollars bucks usd games laps wins reps shades"
    ),
    "veto_beside": (
        "january february march april may june july august september october november december "
        "febuary sept jan feb mar apr jun jul aug sep oct nov dec between upto isthenew over under before sunday "
        "monday tuesday wednesday thursday friday saturday spring summer autumn winter"
    ),
    "veto": (
        f"{LANDS} {BODIES} returns returning return returned uturn uturns "
        "anniversary anniv anniversaries anniversay aniversary annivers monthsary mainesary "
        "weeksary yearsary jubilee heaven heavenly death dead virgin memory memoriam "
        "memorial remembering remember remembrance rip posthumous wouldve wouldhavebeen wouldbe "
        "angelversary birthanniversary inheaven heavenlybirthday passed gone without centenary "
        "centennial bicentennial independence independenceday pregnant pregnancy preggo preggers "
        "postpartum gestation bump babybump expecting married marriage wedding weddings together "
        "inlove sober sobriety clean cancerfree smokefree alcoholfree vegan vegetarian challenge "
        "challenges workout ncaa marchmadness classof reunion ago later "
        "agotoday experience service career work working worked workanniversary business "
        "inbusiness employee teaching teacher nursing driving dating friends friendship "
        "relationship couple engaged divorced widow remission survivor strongtogether "
        "house home building tree church whisky whiskey scotch wine bourbon rum port malt cheese "
        "bottle truck car bike bicycle recipe photo pic picture jeans shirt tshirt dress shoes "
        "brand company shop store brewery school tradition bridge road startup website phone "
        "laptop furniture painting book song album movie film show dog doggo doggy dogs pup "
        "puppy puppies cat cats kitten kittens kitty horse pony bunny rabbit hamster parrot bird "
        "labrador lab dachshund frenchie frenchbulldog bulldog pug poodle corgi husky beagle "
        "goldenretriever gsd furbaby furkid pet pets fur pupper doggie chihuahua rottweiler "
        "birthdaydog birthdaypup birthdaycat barkday gotchaday dogbirthday "
        "kingdom republic nation country city town stateof anthem "
        "yearolder olderthan youngerthan older younger asa asamom asamum asadad asaparent aswife "
        "mortgage loan contract guarantee warranty sentence prison streak wedded romance vows "
        "hired promotion retirement retired nocontact nosmoking nicotinefree drugfree recovery "
        "addiction difference gap agegap agedifference fitness style fashion skincare "
        "dating workers adults seniors ladies singles "
        "travel traveler hikers forum playground glowup transformation difference "
        "iftheywere stillsmoking deploy deployment reunited "
        "founded founding est established vintagecar oldtimer oldschool "
    ),
}

RULES = (
    # happy30th, hbd34th; not happy4th, which is the fourth of July
    Rule("happy-ordinal", "start happy digits ordinal (unknown | kin | whose | praise | child |"
         " today | party | end)", 0.65, low=5),
    Rule("happy-ordinal", "start happy nth (kin | child | end)", 0.6, low=16),
    Rule("happy-name-ordinal", "start happy birthday? unknown digits ordinal end", 0.6, low=5),
    # my30th, savemywifes40th, grandmas90th, dads65th
    Rule("whose-ordinal", "((start | unknown) whose | kin) (praise)* (digits ordinal | nth)"
         " (now | today | party | end)", 0.65, low=10),
    Rule("ordinal-party", "start (digits ordinal | nth) party end", 0.55, low=16),
    Rule("turning", "turn digits unknown", 0.75),
    Rule("years-of-life", "start digits ordinal years of* life end", 0.75),
    Rule("is-number", "(is | now) (now | today)* count today", 0.75),
    Rule("kin-name-is", "(kin | child) name_is now* count (now | today | end)", 0.75),
    Rule("kin-number-today", "start whose? (kin | child) count today end", 0.75),
    Rule("number-today", "start count (years | of)* today end", 0.7),
    Rule("kin-at-number", "(start | whose) (kin at | parent_at) digits end", 0.6, low=16),
    Rule("kin-at-number", "(start | whose) title unknown at digits end", 0.6, low=18),
    Rule("hello", "start hello (of | range)* count years? end", 0.55, low=18),
    Rule("big-five-oh", "big word oh", 0.7, unit=10, low=3, high=10),
    Rule("big-four-oh", "big dashed", 0.75),
    Rule("big-number", "(start | unknown | whose) big count (ordinal? birthday | party | end)",
         0.65, low=13),
    Rule("chapter", "start (chapter | now chapter) count end", 0.6, low=13),
    Rule("this-is", "start this_is count (looks | end)", 0.7, low=3),
    Rule("look-whos", "start (of|now)* look count end", 0.8),
    Rule("looks-good", "start count looks", 0.7, low=16),
    Rule("around-the-sun", "(count | digits ordinal | nth) sun", 0.85),
    Rule("number-praise", "start count praise of* (praise | end)", 0.75, low=18),
    Rule("ordinal-happy", "digits ordinal happy end", 0.75),
    Rule("is-word", "(start | now) is (now)* word end", 0.7),
    Rule("birthday-to-number", "start happy birthday of+ count end", 0.65, low=5),
    Rule("sweet", "(start | whose | happy | of | unknown) sweetly count (ordinal? birthday|party|end"
         "|unknown|kin|child)", 0.8, low=15, high=17),
)  # fmt: skip

IDIOMS = (
    Idiom("onederland", "onederland onederful onederbar", 1, 0.85),
    Idiom("wild-one", "wildone thewildone littlewildone", 1, 0.7,
          "start (of | whose | kin | child | happy)* idiom (birthday | party | end)"),
    Idiom("notorious-one", "notoriousone", 1, 0.75),
    Idiom("two-infinity", "twoinfinity twoinfinityandbeyond twotallyawesome twotally tutuswtwo "
          "tutusand twotifrutti twottifrutti twoinfrutti twotutti twothmonster terrifictwo "
          "tworiffic twosweet twowild twocool wildandtwo borntwobewild growingtwo twocute", 2, 0.8),
    Idiom("threenager", "threenager threenagers threerex threeriffic wildandthree youngwildandthree "
          "pursuitofthree threeeverafter", 3, 0.75),
    Idiom("wild-and-four", "youngwildandfour fourever foureverwild fourevercool wildandfour "
          "", 4, 0.65, "start (of | whose | happy)* idiom (birthday | party | child | end)"),
    Idiom("high-five", "handfull handfulloffun wildandfive youngwildandfive", 5, 0.6,
          "start idiom end"),
    Idiom("double-digits", "doubledigits doubledigit doubledigitsbirthday", 10, 0.65,
          "start (happy | of | kin | child | is | hello | now)* idiom (birthday | party | end)"),
    Idiom("golden-fifty", "fiftynifty niftyfifty", 50, 0.75),
    Idiom("half-century", "halfcentury halfacentury", 50, 0.6,
          "start (turn | is | happy | of)* idiom (birthday | old | of|end)"),
    Idiom("quarter-century", "quartercentury quarterofacentury", 25, 0.6,
          "start (turn | is | happy | of)* idiom (birthday | old | of | end)"),
    Idiom("centenarian", "centenarian", 100, 0.6, "start (whose|kin|praise|happy)* idiom (birthday|end)"),
    Idiom("quinceanera", "quinceanera quinceaneras misquince misxv xvanos", 15, 0.8),
    Idiom("half-birthday", "halfbirthday halfbday halfabirthday halfwaytoone halfwayone "
          "halfwaytoonebirthday", 0.5, 0.6,
          "(start | happy | whose | unknown | kin | child) idiom"),
)  # fmt: skip

LEXICON = Lexicon(
    language="en",
    script="latin",
    cardinals=CARDINALS,
    ordinals=ORDINALS,
    words=WORDS,
    rules=RULES,
    idioms=IDIOMS,
    gendered=Gendered(
        female=(
            "girl daughter granddaughter niece sister sis wife wifey mom mum mama "
            "mommy mummy mother grandma granny nana grandmother aunt auntie princess "
            "queen lady goddaughter babygirl littlegirl woman girlfriend sissy "
            "babysister bigsister nanny"
        ),
        male=(
            "boy son grandson nephew brother bro husband hubby dad daddy papa father "
            "grandpa grandad granddad grandfather uncle prince king godson babyboy "
            "littleboy man boyfriend gentleman babybrother bigbrother"
        ),
        female_alone=(
            "birthdaygirl birthdayqueen birthdayprincess birthdaylady bdaygirl "
            "bdayqueen babygirl toddlergirl littlegirl babydaughter bdayprincess "
            "birthdaydiva"
        ),
        male_alone=(
            "birthdayboy birthdayking birthdayprince birthdayguy bdayboy bdayking "
            "babyboy toddlerboy littleboy babyson"
        ),
        its="itsa itsababy its herecomesthe weretheparentsofa",
    ),
)

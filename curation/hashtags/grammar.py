"""The common grammar: how an age is stated in any of the languages, and what forbids it.

Each rule is a pattern over kinds of words (`curation.hashtags.lexicon`). A language adds rules of
its own and may do without some of these. There is no rule that reads an age out of a number
without words around it that say so.

The confidences are judged by hand in steps: 0.95 nobody means anything else (`5yearsold`); 0.85
hardly anything else; 0.75 usually the age of a pictured person; 0.65 more often than not by far
(a greeting to somebody who may not be in the picture); 0.5 a bare quantity that is mostly an age.
"""

from __future__ import annotations

from curation.hashtags.lexicon import DAY, MONTH, WEEK, Rule

TODDLER = 36  # months; beyond, people count in years

RULES = (
    # 7thbirthday, 7ºcumpleaños, пятыйденьрождения, ulangtahunke17
    Rule(
        "ordinal-birthday",
        "(digits ordinal | nth) (of | whose | praise | kin | child | happy | now)* birthday",
        0.95,
    ),
    # 33rd_inguk_birthday: whose birthday stands between
    Rule("ordinal-name-birthday", "digits ordinal unknown birthday (of|today|party|end)", 0.7,
         low=2),
    Rule("ordinal-before-birthday", "ordinal of* count birthday", 0.9),
    Rule("birthday-ordinal", "birthday of* (ordinal count | digits ordinal | nth) "
         "(?! of* veto_beside)", 0.75),
    Rule("birthday-number-sign", "birthday of* number_sign count", 0.85),
    # happy22bday, my30birthday, 30geburtstag
    Rule("number-birthday",
         "(start | happy | whose | kin | child | of | praise | now) count half? birthday", 0.85),
    Rule("birthday-years", "birthday (of|whose|kin|child|is)* count half? (years | age_unit)",
         0.85),
    Rule("years-birthday", "count half? (years | age_unit) (of|whose)* (happy? of*) birthday",
         0.85),
    # cumple40, ultah17, bday30
    Rule("birthday-number", "birthday count (today | party | end)", 0.55, low=13),
    Rule("birthday-name-number", "start happy* birthday unknown count (years|age_unit)", 0.8),
    # happy36years, felices40, joyeux30ans
    Rule("happy-years", "start (happy of* whose? count (years | age_unit))"
         " (praise | kin | child | whose | of | today | unknown | end)", 0.75),
    Rule("happy-number", "start happy count (praise | kin | today | end)", 0.5, low=13),
    # 5yearsold, 30jahrealt, 18ansdage; 30yaşında, 三十岁
    Rule("years-old", "count half? years half? of* old", 0.95),
    Rule("age-unit", "count half? age_unit half?", 0.9),
    Rule("birthday-child-number", "birthday child count (years | today | end)", 0.75),
    Rule("party-of-number", "party (of | my_years)+ count end", 0.65, low=13),
    Rule("nth-unit", "digits ordinal age_unit", 0.7),
    Rule("party-of-years", "party (of | whose | my_years)+ count (years | age_unit)"
         " (of | whose | kin)* end", 0.75, low=2),
    Rule("years-of-life", "(count | nth) ordinal? years of* life", 0.8),
    # 1year3months
    Rule("years-and-months", "count (years | age_unit) (of | ordinal)* other months old?", 0.85,
         high=17),
    # tengo30años, ihave; kin: маме60лет, mihijo5años
    Rule("has-years", "is (now | today | of)* count half? (years | age_unit)", 0.9),
    Rule("kin-has-years",
         "(kin | child) (is | now | today | of)* count half? years half? (of* old)?"
         " (now | today | kin | whose | child | happy | praise | end)", 0.85),
    Rule("years-of-my-kin",
         "start (of | happy)* count half? (years | months) of* whose (kin | child)", 0.75),
    # turning12, cumplo30, исполнилось5
    Rule("turning", "turn (now | today | whose | of)* count half?"
         " (years | age_unit | now | today | party | child | birthday | praise | happy | kin"
         " | of | end)", 0.9),
    Rule("turned", "count years? (of|now|today)* turned", 0.85),
    # heis17, mydaughteris26today
    Rule("is-number", "is (now | today)* count (now | today | end)", 0.7, low=2),
    Rule("kin-is-number", "(kin | child) (is | now | turn)+ count (now | today | end)", 0.75),
    # finally21, endlich18, por fin 18
    Rule("finally", "start (is)? now count (years | age_unit)? (praise | today | end)", 0.7,
         low=13),
    Rule("today-years", "today (now | of)* count half? years (today | end)", 0.75),
    # age7, edad30, umur17, عمره5سنوات
    Rule("age", "age (is | of | now | kin | number_sign)* count half?"
         " (years | age_unit | old | today | end)", 0.8),
    # mis40, meine30, вмои30
    Rule("my-years", "start at? my_years count (years | praise | today | end)", 0.7, low=13),
    # blessedat24, fabulous50, 40andfabulous, 40yfabulosa
    Rule("praise-at-number", "praise at count (years | age_unit | praise | end)", 0.7, low=13),
    Rule("praise-number", "(start | of | whose | unknown) praise count"
         " (years | birthday | party | end)", 0.65, low=18),
    Rule("number-and-praise", "start (is | turn)? count (years)? of+ praise", 0.7, low=16),
    # 6monthsold, намполгода, 3mesidivita
    Rule("months-old", "count half? months half? of* (old | life)", 0.95, MONTH, high=48),
    Rule("has-months",
         "(is | kin | child | age | whose) (is | now | today | of)* count half? months half?"
         " (of* old)? (now | today | kin | whose | child | happy | praise | end)", 0.85, MONTH,
         high=TODDLER),
    Rule("turning-months", "turn (now | today | of)* count half? months", 0.9, MONTH,
         high=TODDLER),
    Rule("months-child", "count half? months (of | whose)* child", 0.85, MONTH, high=TODDLER),
    Rule("months", "start count half? months half? (today | now | happy | end)", 0.5, MONTH,
         high=TODDLER),
    Rule("monthday", "(count ordinal? | nth) (of | whose)* monthday", 0.85, MONTH,
         high=TODDLER),
    Rule("monthday-number", "monthday of* (ordinal | number_sign)? count (months | end)", 0.8,
         MONTH, high=TODDLER),
    # 3weeksold, 10daysold
    Rule("weeks-old", "count weeks of* (old | life)", 0.95, WEEK, high=104),
    Rule("has-weeks", "(age | kin | child | whose | is) (is | now | of)* count weeks"
         " (old | now | today | child | end)", 0.8, WEEK, high=52),
    Rule("weeks-child", "count weeks of* child", 0.75, WEEK, high=52),
    Rule("days-old", "count days of* (old | life)", 0.95, DAY, high=365),
    Rule("has-days", "(age | child | is) (is | now | of)* count days (old | now | today | end)",
         0.8, DAY, high=365),
    Rule("days-child", "count days (of | whose)* child", 0.75, DAY, high=200),
)  # fmt: skip

# Whatever else stands in a hashtag of such a shape, it states nobody's age.
VETOES = (
    "veto",
    "other (years | months | age_unit)? (range | ordinal | is | veto_after) number",
    "number (years | months | age_unit)? (range | ordinal | is | veto_after) other",
    "(veto_before | veto_beside) of* (number | idiom)",
    "(number half? | idiom) (ordinal | age_unit | years | months | weeks | days | half | old)* of*"
    " (veto_after | veto_beside)",
)

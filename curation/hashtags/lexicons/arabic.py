"""Arabic: its words with their clitics, and the forms that only Arabic has."""

from __future__ import annotations

from curation.hashtags.lexicon import MONTH, Gendered, Idiom, Lexicon, Rule
from curation.hashtags.numbers import counted, units_first

_ONES = counted(
    "واحد/واحدة/وحدة اثنان/اثنين/اثنتان/اثنتين/إثنين ثلاثة/ثلاث/تلاتة أربعة/أربع خمسة/خمس/خمسه ستة/ست "
    "سبعة/سبع ثمانية/ثماني/ثمان/تمانية تسعة/تسع"
)
_TEENS = counted(
    "عشرة/عشر أحدعشر/احدىعشرة/إحدىعشر/احدعشر اثناعشر/اثنتاعشرة/اثنيعشر ثلاثةعشر/ثلاثعشرة "
    "أربعةعشر/أربععشرة خمسةعشر/خمسعشرة ستةعشر/ستعشرة سبعةعشر/سبععشرة "
    "ثمانيةعشر/ثمانيعشرة/ثمانعشرة تسعةعشر/تسععشرة",
    10,
)
_TENS = counted(
    "عشرون/عشرين ثلاثون/ثلاثين/تلاتين أربعون/أربعين خمسون/خمسين ستون/ستين سبعون/سبعين "
    "ثمانون/ثمانين/تمانين تسعون/تسعين",
    20,
    10,
)
_BELOW = _ONES | _TEENS | _TENS | units_first(_TENS, _ONES, ("و",))
_HUNDREDS = {"مئة": 100, "مائة": 100, "ميه": 100}

CARDINALS = (
    _BELOW
    | _HUNDREDS
    | {f"{hundred}و{word}": 100 + value for hundred in _HUNDREDS
       for word, value in _BELOW.items() if value <= 20}
)  # fmt: skip
_NTHS = counted(
    "أول/أولى ثاني/ثانية ثالث/ثالثة رابع/رابعة خامس/خامسة سادس/سادسة سابع/سابعة ثامن/ثامنة "
    "تاسع/تاسعة عاشر/عاشرة"
)
_NTH_UNITS = {word: value for word, value in _NTHS.items() if 1 < value < 10} | {
    "حادي": 1, "حادية": 1, "واحد": 1,
}  # fmt: skip
ORDINALS = (
    {word: value for word, value in _NTHS.items() if value > 1}
    | {f"ال{word}": value for word, value in (_NTHS | _TENS).items()}
    | {f"ال{unit}وال{ten}": _NTH_UNITS[unit] + _TENS[ten] for unit in _NTH_UNITS for ten in _TENS}
    | {f"ال{unit}عشر{end}": 10 + value for unit, value in _NTH_UNITS.items() for end in ("", "ة")}
    | {"المئة": 100, "المائة": 100, "المئوي": 100}
)

_KIN = (
    "ابني ابنتي بنتي ولدي أمي أبي ماما بابا جدتي جدي أخي أختي اخوي اختي زوجي زوجتي حبيبتي حبيبي حفيدي "
    "حفيدتي خالتي عمتي عمي خالي صديقتي صديقي أميرتي أميري صغيرتي صغيري طفلي طفلتي بنوتي ابنتنا ابننا "
    "بنتنا توأمي والدتي والدي أمنا"
)
_CHILD = (
    "طفل طفلة بنت ولد بيبي رضيع رضيعة مولود مولودة شاب فتاة صبي امرأة رجل اميرة اطفال شابة الطفل "
    "الطفلة بنوتة"
)

WORDS = {
    "years": "سنة سنوات سنين سنه عام عاما أعوام عامان سنتان",
    "age_unit": "ربيعا شمعة خريفا ربيع",
    "months": "شهر شهور أشهر شهرا اشهر",
    "weeks": "أسبوع أسابيع اسبوعا",
    "days": "يوم أيام يوما",
    "old": "منعمري منعمره منعمرها منالعمر منعمر ",
    "life": "منحياتي منالحياة منالسعادة منحياته حياة",
    "ordinal": "ال",
    "birthday": (
        "عيدميلاد عيدميلادي عيدميلاده عيدميلادها عيدميلادك يومميلادي "
        "ميلادي يومميلاد ميلاده ميلادها يومميلاده يومميلادها عيدميلادسعيد عيدميلادنا ذكرىميلادي "
        "هابيبيرثداي بيرثداي عيدمولدي يوممولدي ميلادك بيرثدي هابيبيرثدي"
    ),
    "happy": "سعيد كلعاموانتبخير كلعام مبروك happy عقبال كلسنة وانتبخير وأنتبخير كلعاموأنابخير",
    "turn": (
        "أتممت أكملت بلغت أتم أكمل بلغ تممت كملت كمل كملنا تم تمت دخلت صار صرت صارعمري صارعمره صارعمرها "
        "أصبحعمري أصبحت دخلتال دخل دخلنا طفيت أطفأت اتمت اكملت بلغت أتمت أكملنا كملتي ختمت وصلت "
        "أتممتعامي أكملتعامي دخلتعامي دخلتسن دخلعامه دخلتعامها عامي عامه عامها"
    ),
    "is": "عمري عمره عمرها عمرك عمرنا عمرابني عمربنتي بعمر انا سني عمرو عمرطفلي عمرطفلتي "
    "وعمري وعمره وعمرها",
    "kin": f"{_KIN} {' '.join(f'ل{word}' for word in _KIN.split())}",
    "child": _CHILD,
    "whose": "من",
    "praise": "جميلة سعيدة رائعة",
    "party": "حفلة حفل احتفال",
    "today": "اليوم هاليوم النهاردة",
    "now": "الآن أصبح أخيرا الحين خلاص دلوقتي",
    "age": "السن العمر فيسن فيعمر سن",
    "number_sign": "رقم",
    "of": "و في ب ل",
    "half": "ونصف ونص ",
    "veto_before": (
        "أكثرمن أقلمن فوق تحت بعد منذ فوقال تحتال حوالي تقريبا حتى أكبرمن أصغرمن مابعد ماقبل "
        "خلال على مدى علىمدى قرابة نحو شارع الفصل فوقسن تحتسن دونال دون فوقعمر تحتعمر "
        "وداعاال وداعا بعدال قبلال"
    ),
    "veto_after": (
        "فمافوق ومافوق فأكثر فمافوقها كيلو كم دقيقة ساعة ريال درهم دولار درجة نقطة هدف صفحة بالمئة "
        "خلت فاكثر واكثر فأقل ات"
    ),
    "veto_beside": (
        "يناير فبراير مارس أبريل ابريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر رمضان شوال "
        "محرم صفر رجب شعبان"
    ),
    "range": "أو الى إلى",
    "veto": (
        "زواج زواجي زواجنا الزواج زفاف متزوجين متزوجون عيدزواج عيدزواجنا زواجا حب الحب حبنا معا سويا مع "
        "بعض خطوبة خطوبتنا ارتباط صداقة صداقتنا مضت مرت مضى قبل مرتعلى ذكرى الذكرى ذكري عمل العمل "
        "خبرة خدمة وظيفة توظيف شركة مؤسسة تأسيس التأسيس تدريس عطاء انجاز العطاء الانجاز مسيرة "
        "بدونتدخين تدخين تدخينا اقلاع ادمان إدمان تعافي التعافي تحدي التحدي حامل حمل الحمل الحامل وفاة "
        "رحيل رحيلك وفاته وفاتها استشهاد شهيد يرحمه الجنة فيالجنة فقدان فراق غياب قطة قطتي قط "
        "قطي كلب كلبي كلبتي حصان حصاني قطط أرنب ببغاء بيت مبنى مسجد كنيسة سيارة ماركة متجر مدرسة "
        "جامعة مدرستي تخرج التخرج دفعة نادي النادي الأهلي الهلال النصر الزمالك مدينة دولة وطن الوطن "
        "الوطني اليومالوطني الوطنيالسعودي السعودي استقلال الاستقلال ثورة الثورة حرب الحرب الجمهورية "
        "المملكة السعودية الكويت مصر قطر الامارات الإمارات البحرين الأردن لبنان سوريا العراق "
        "المغرب الجزائر تونس ليبيا فلسطين السودان اليمن تحرير التحرير نكبة النكبة حصار سجن معتقل أسر "
        "تاريخ قناة اذاعة موسم فرق فارق رجيم دايت قسط قرض ضمان فيلم أغنية البوم بطولة دوري كأس مونديال "
        "تقاعد التقاعد أمومة الامومة انقضت صيام الهجرة هجري ميلادية هجرية للبيع الجديد السنةالجديدة "
        "زمان غربة الغربة قرن"
    ),
}

RULES = (
    Rule("age", "is (now | of | today)* count of* half? (years | age_unit | today | old | end)", 0.9),
    Rule("age-months", "is (now | of)* count of* half? months", 0.9, MONTH, high=36),
    Rule("turning", "turn (of | now | is | years | age)* (count | nth) half?"
         " (years | age_unit | old | today | end)", 0.85, low=2),
    Rule("birthday-nth", "birthday (of | kin | child | whose)* (nth | ordinal count | count)", 0.9),
    Rule("birthday-name-nth", "birthday unknown nth end", 0.75),
    Rule("nth-of-age", "(count | nth) old", 0.85),
    Rule("age-nth", "(age | turn) ordinal? (nth | count)", 0.8, low=2),
    Rule("years-of-age", "count half? years (of | whose)* (old | is)", 0.9),
    Rule("months-of-age", "count half? months (of | whose)* (old | is | life)", 0.9, MONTH, high=48),
    Rule("kin-years", "kin (now | of | today | turn | is)* count of* half? years", 0.85),
    Rule("years-kin", "start count half? years kin end", 0.75),
    Rule("happy-years", "start happy count years (of | kin | old | end)", 0.6),
    Rule("kin-turn", "(kin | child) (turn | is | now)+ count", 0.85, low=2),
)  # fmt: skip

_WHO = "(is | turn | kin | child | birthday | age)"
IDIOMS = (
    Idiom("one-year", "سنة عام سنةواحدة عامواحد", 1, 0.75,
          "start (is | kin | child | turn) (is | now | turn | kin | of)* idiom (old | kin | end)"),
    Idiom("two-years", "سنتين سنتان عامين عامان", 2, 0.75,
          "(is | kin | child | turn) (now | turn | of)* idiom (old | kin | end)"),
    Idiom("year-and-half", "سنةونصف عامونصف سنةونص", 1.5, 0.75,
          "(is | kin | child | turn | start) (now | turn | of)* idiom (old | kin | end)"),
    Idiom("half-year", "نصفسنة نصفعام نصسنة", 0.5, 0.7,
          "(is | kin | child | turn) (now | turn | of)* idiom"),
    Idiom("two-months", "شهرين شهران", 2 / 12, 0.75,
          "(is | kin | child | turn) (now | turn | of)* idiom (old | kin | end)"),
    Idiom("month", "شهر", 1 / 12, 0.7, "start (is | kin | turn) (now | turn)* idiom (old | end)"),
    Idiom("first-birthday", "عيدميلاديالأول عيدميلادالأول أولعيدميلاد اولسنة", 1, 0.8),
    Idiom("fifty", "نصفقرن", 50, 0.55, "(is | turn) (now | of)* idiom (old | end)"),
)  # fmt: skip

LEXICON = Lexicon(
    language="ar",
    script="arabic",
    cardinals=CARDINALS,
    ordinals=ORDINALS,
    words=WORDS,
    rules=RULES,
    idioms=IDIOMS,
    without=frozenset({"months", "age", "birthday-years"}),
    gendered=Gendered(
        female=(
            "بنت بنتي ابنتي ابنتنا طفلتي أمي ماما والدتي جدتي اختي أختي زوجتي خالتي "
            "عمتي حفيدتي أميرتي صغيرتي بنوتي حبيبتي صديقتي مولودة اميرة بنتنا"
        ),
        male=(
            "ولد ولدي ابني ابننا طفلي أبي بابا والدي جدي أخي اخوي زوجي خالي عمي حفيدي "
            "أميري صغيري حبيبي صديقي مولود"
        ),
        female_alone="صاحبةعيدالميلاد",
        male_alone="صاحبعيدالميلاد",
        its="إنها انها إنه انه رزقناب",
    ),
)

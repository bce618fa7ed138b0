"""What is not the age of a pictured person: each kind, in each language."""

from __future__ import annotations

import pytest

from curation.hashtags import read_hashtag

# kind: one hashtag per language, in the order en ru es pt de fr it tr id ar hi ja ko zh
NOT_AN_AGE = {
    "a wedding anniversary": (
        "10yearsofmarriage 10летсвадьбы bodasdeoro50años 25anosdecasados 25jahreverheiratet "
        "10ansdemariage 10annidimatrimonio evlilik10yıl 10tahunpernikahan 10سنوات_زواج "
        "शादीके10साल 結婚10周年 결혼10주년 结婚10周年"
    ),
    "an anniversary of a company": (
        "company25years 15леткомпании empresa50años empresa30anos 30jahrefirma societe30ans "
        "azienda50anni şirketimiz30yaşında perusahaan50tahun شركة_50_عاما कंपनी30साल 創業100年 "
        "창립50주년 公司30周年"
    ),
    "an anniversary of a country": (
        "nigeriaat59 75летпобеде 200añosdeindependencia brasil500anos 30jahredeutscheeinheit "
        "200ansdindependance 150annidiunita cumhuriyet100yaşında indonesia75tahun "
        "اليوم_الوطني_90 आजादीके75साल 建国150年 광복75주년 建国70周年"
    ),
    "time together": (
        "7yearstogether нам10летвместе 25añosjuntos 7anosdenamoro 7jahrezusammen 25ansensemble "
        "25anniinsieme 7yıldırbirlikteyiz 25tahunbersama 7_سنوات_مع_بعض 25सालसाथ 付き合って5年 "
        "연애5년차 在一起5年"
    ),
    "time that has passed": (
        "10yearsago 10летназад hace10años 10anosatras vor10jahren ilya10ans 10annifa 10yılönce "
        "10tahunyanglalu قبل_10_سنوات 10सालपहले 10年前 10년전 10年前"
    ),
    "years of work": (
        "25yearsofservice стажработы20лет 25añosdecarrera 30anosdecarreira 10jahreimdienst "
        "10ansdeservice 30annidicarriera 10yılhizmet 30tahunberkarya 15_سنة_خبرة 30सालसेवाके "
        "勤続20年 근속20년 工作10年"
    ),
    "sobriety": (
        "2yearssober 3годатрезвости 3añossobrio 2anossobrio 2jahrenüchtern 2anssobre 2annisobrio "
        "2yılsigarasız 2tahunbebasrokok 3_سنوات_بدون_تدخين 2सालसेनशामुक्त 禁煙2年 금연2년 戒烟2年"
    ),
    "a pregnancy": (
        "20weekspregnant 7месяцевбеременности 6mesesdeembarazo 6mesesdegravidez "
        "6monateschwanger 6moisdegrossesse 6mesidigravidanza 6aylıkhamile hamil6bulan "
        "حامل_6_شهور 7महीनेकीगर्भवती 妊娠6ヶ月 임신6개월 怀孕6个月"
    ),
    "a group of ages": (
        "over40fitness ктостарше40 masde40 maisde40 über40 plusde40ans over50epiu 40yaşüstü "
        "diatas40tahun فوق_الأربعين 40सेऊपर 30歳以上 18세이상 30岁以上"
    ),
    "nearly an age": (
        "almost30 почти30лет casi30 quase30 fast30 presque30ans quasi30 neredeyse30 hampir30 "
        "أقل_من_18 लगभग30 もうすぐ40歳 거의40살 快30岁"
    ),
    "a decade": (
        "80s 90е los80s anos80 80er annees80 anni80 80ler 80an الثمانينات 80केदशक 80年代 80년대 80后"
    ),
    "a challenge": (
        "30daychallenge 30днеймарафон reto30dias desafio30dias 30tagechallenge defi30jours "
        "sfida30giorni 30günchallenge 30haritantangan تحدي_30_يوم 30दिनचुनौती 30日チャレンジ "
        "30일챌린지 挑战30天"
    ),
    "an animal": (
        "1stbirthdaypuppy коту5лет miperrito3años cachorro5anos hund5jahrealt chien3ans "
        "ilmiocane3anni köpeğim5yaşında kucingku3tahun كلبي_5_سنوات मेराकुत्ता5सालका 愛犬5歳 "
        "강아지5살 猫咪2岁"
    ),
    "the dead": (
        "6thbirthdayinheaven памятипапы5лет 2añosenelcielo 3anosdatuapartida 3jahreimhimmel "
        "2ansauciel 2anniincielo vefatının5yılı 3tahundisurga ذكرى_وفاة_5 5वींपुण्यतिथि 享年80歳 "
        "2주기추모 享年80岁"
    ),
    "drink and buildings": (
        "12yearoldscotch виски12лет ron7años whisky12anos whisky12jahre rhum12ans grappa12anni "
        "viski12yıl whisky12tahun بيت_100_سنة शराब10सालपुरानी 築50年 위스키12년 威士忌12年"
    ),
    "a jersey or another number of a name": (
        "elvis85 месси10 messi10 neymar10 müller13 mbappe10 totti10 sneijder10 persib88 صلاح_11 "
        "कोहली18 背番号10 손흥민7 科比24"
    ),
    "a date": (
        "july4thbirthday 9мая 15deseptiembre 7desetembro 3oktober 14juillet 25aprile 23nisan "
        "17agustus 23_سبتمبر 15अगस्त 5月5日 8월15일 10月1日"
    ),
    "a school year": (
        "5thgrade 11класс 6togrado 9oano 10klasse 6eme 5elementare 8sınıf kelas6 الصف_السادس "
        "कक्षा10 小学3年生 3학년 五年级"
    ),
    "a price, a distance, a time": (
        "99cents 500рублей 100pesos 100reais 100euro 10km 24ore 100lira jam7 الساعة_7 7बजे 100円 "
        "100원 10公里"
    ),
}  # fmt: skip
LANGUAGES = ["en", "ru", "es", "pt", "de", "fr", "it", "tr", "id", "ar", "hi", "ja", "ko", "zh"]


@pytest.mark.parametrize("kind", NOT_AN_AGE)
def test_a_number_that_counts_something_else_is_no_age(kind: str) -> None:
    tags = NOT_AN_AGE[kind].split()
    assert len(tags) == len(LANGUAGES)
    read = [reading for reading in map(read_hashtag, tags) if reading is not None]
    assert read == []


# The other side of each: what a veto must not take away.
@pytest.mark.parametrize(
    ("tag", "years"),
    [
        ("catherines30thbirthday", 30),  # no cat
        ("doguskan30yaşında", 30),  # no dog
        ("marcus40thbirthday", 40),  # no car
        ("homer50thbirthday", 50),  # no home
        ("40thbirthdayinparis", 40),
        ("18thbirthdayinquarantine", 18),
        ("mimadrecumple60", 60),
        ("meinmannwird50", 50),
        ("лизе5лет", None),  # a name in the dative: whose age is not said
        ("мамелизы30лет", None),
    ],
)
def test_a_veto_is_a_word_and_not_a_part_of_a_name(tag: str, years: float | None) -> None:
    reading = read_hashtag(tag)
    assert (reading and reading.age_years) == years

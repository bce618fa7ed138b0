"""Japanese: its counters, kanji and kana numbers, and the names of its years of celebration."""

from __future__ import annotations

from curation.hashtags.lexicon import DAY, MONTH, Gendered, Idiom, Lexicon, Rule
from curation.hashtags.numbers import counted, joined

_ONES = counted("一 二 三 四 五 六 七 八 九")
_TENS = {"十": 10} | {f"{one}十": 10 * value for one, value in _ONES.items() if value > 1}
_BELOW = _ONES | _TENS | joined(_TENS, _ONES)

CARDINALS = (
    _BELOW
    | {"百": 100, "半": 0}
    | {f"百{word}": 100 + value for word, value in _BELOW.items() if value <= 20}
    | {f"{ten}{one}": 10 * _ONES[ten] + _ONES[one] for ten in _ONES for one in _ONES}
    | {f"{ten}〇": 10 * value for ten, value in _ONES.items()}
    | counted("いっ に さん よん/よ ご ろく なな はっ きゅう じゅっ")
)
del CARDINALS["半"], CARDINALS["に"], CARDINALS["よ"]
ORDINALS: dict[str, int] = {}

_KIN = (
    "息子 娘 長男 次男 三男 長女 次女 三女 母 父 ママ パパ 祖母 祖父 おばあちゃん おじいちゃん ばあば じいじ 兄 姉 弟 妹 妻 "
    "夫 旦那 嫁 孫 孫ちゃん 甥 姪 甥っ子 姪っ子 友達 親友 彼氏 彼女 双子 お母さん お父さん うちの子 我が子 わが子 "
    "末っ子 第一子 第二子 私 わたし 僕 俺 自分 ばぁば じぃじ 息子くん 娘ちゃん"
)
_CHILD = (
    "ベビー 赤ちゃん 男の子 女の子 ボーイ ガール 男児 女児 児 女子 男子 キッズ ちゃん くん 君 さん 様 息子の 娘の "
    "レディ パパの ママの 幼児 少年 少女 新生児 乳児 女 男 独身 ベイビー boy girl baby"
)

WORDS = {
    "age_unit": "歳 才 さい サイ 歲",
    "years": "年",
    "months": "ヶ月 か月 カ月 ケ月 ヵ月 箇月 かげつ",
    "weeks": "週間",
    "days": "日 日目",
    "ordinal": "th nd rd st 回目の 回目 度目の 度目",
    "before": "第 祝 祝い",
    "birthday": (
        "誕生日 お誕生日 誕生祭 生誕祭 バースデー バースデイ バースデーケーキ 生誕 誕 bd birthday bday "
        "誕生日おめでとう お誕生日おめでとう お誕生日会 誕生日会 誕生会 誕生日パーティー 生誕前夜祭 聖誕祭 "
        "誕生日ケーキ 爆誕祭 お祝い 誕生日プレゼント 誕生日記念 バースデーフォト バースデーパーティー ハピバ ハッピーバースデー "
        "バースデーフォト 誕生日フォト たんじょうび お誕生日フォト 誕生日写真"
    ),
    "happy": "おめでとう おめでとうございます ハッピー happy ハッピーバースデイ 祝福 感謝",
    "turned": (
        "になりました になった になる なりました なった なりたて になって になったよ になったばかり なります 迎えました "
        "を迎えました を迎えた を迎える 突入 に突入 デビュー なり になりたて 到達 なう スタート 始まり 始まりました "
    ),
    "born": "生後 ",
    "age": "年齢 満 齢 ",
    "is": "今日から 本日から 今日で 今年で 今日 は が も とうとう 私は 今日は ただいま 現在 ぴかぴかの",
    "kin": _KIN,
    "child": _CHILD,
    "whose": "うちの 我が家の わが家の 我が わが",
    "party": "記念 フォト パーティー 会 祭 ケーキ 写真 ディナー プレゼント 撮影 記念撮影",
    "today": "本日",
    "now": "もう 早くも 無事 無事に ついに やっと ",
    "of": "の を に で と ！ ♡ な",
    "half": "半 ",
    "veto_before": (
        "約 もうすぐ あと 目指せ 脱 アラ ほぼ 永遠の 永遠 自称 見た目 偏差値 推定 心は 気持ちは 精神年齢 体内年齢 享年 "
        "肌年齢 合計 平均 号線 国道 体年齢 血管年齢 脳年齢 目標 "
    ),
    "veto_after": (
        "代 以上 以下 未満 から までに まで 差 若返り 若く 上 下 年上 年下 年代 前後 過ぎ すぎ 越え 超え 超 ぐらい くらい "
        "の頃 のころ の時 のとき 周年記念 前 頃 ごろ に見える 若い 時代 牝 牡 半額 馬券 歳差 "
        "を過ぎて 手前 目前 の壁 向け 対象 教育 教室 児検診 禁 未 オーバー 分 時 円 個 人 回 位 点 "
        "話 巻 号 本 枚 杯 キロ 番 匹 名 以降 程度 組 版 を迎える前に を前に になる前に になるまでに になったら"
    ),
    "veto_beside": "月",
    "range": "〜 ~ ～ か、",
    "veto": (
        "周年 年目 結婚 結婚式 結婚記念日 記念日 婚 入籍 夫婦 交際 付き合って カップル 遠距離 離婚 婚約 友情 "
        "年前 年後 経った 勤続 入社 勤務 仕事 社会人 職歴 創業 創立 設立 会社 開業 開店 デビュー周年 キャリア 教師生活 "
        "禁煙 断酒 禁酒 ダイエット チャレンジ 妊娠 妊婦 妊娠中 週目 マタニティ 臨月 出産まで 安定期 命日 追悼 没後 "
        "回忌 周忌 一周忌 三回忌 法要 天国 亡き 偲ぶ 供養 犬 愛犬 わんこ ワンコ いぬ 猫 愛猫 ねこ ネコ にゃんこ トイプードル "
        "柴犬 チワワ ダックス ダックスフンド コーギー うさぎ ハムスター インコ ペット シニア犬 子犬 仔犬 仔猫 子猫 馬 競馬 "
        "家 築 マンション ビル ウイスキー ウィスキー ワイン 焼酎 熟成 古酒 車 愛車 バイク 中古 ブランド 店 学校 高校 大学 "
        "同窓会 卒業 同級生 部活 市制 町制 建国 独立 戦後 終戦 開戦 原爆 震災 大震災 革命 憲法 歴史 放送 番組 アニメ "
        "シーズン 歳の差 年の差 年齢差 ローン 保証 映画 曲 アルバム 結成 優勝 球団 甲子園 定年 引退 ママ歴 育休 新年 元旦 "
        "正月 年越し 今年 来年 去年 昨年 生誕百年 記録 連続 ぶり 一緒 推し活 プロジェクト 間 限定 おひとりさま 健診 検診 "
        "成人年齢 選挙権 定期 トイプー ポメ ポメラニアン シュナウザー ゴールデン フレブル マルチーズ ヨーキー スコティッシュ マンチカン アメショ 七五三 児クラス クラス"
    ),
}

RULES = (
    Rule("age-unit", "(before | is)* count age_unit half?", 0.9),
    Rule("age-unit-months", "count age_unit of* other months", 0.95, high=17),
    Rule("born-months", "born of* count months half?", 0.95, MONTH, high=48),
    Rule("born-days", "born of* count days", 0.9, DAY, high=400),
    Rule("born-weeks", "born of* count weeks", 0.9, 7 / 365.25, high=60),
    Rule("months-child", "count half? months half? (child | of | party | happy | turned | birthday)", 0.8,
         MONTH, high=36),
    Rule("nth-birthday", "before? count ordinal of* birthday", 0.9),
    Rule("number-birthday", "(unknown | start | before | happy | kin | child | whose) count birthday", 0.8,
         low=2),
    Rule("birthday-nth", "birthday of* before? count (ordinal | age_unit)", 0.8),
    Rule("congratulated", "start before unknown? count (ordinal | end | age_unit)", 0.6, low=13),
    Rule("name-ordinal", "start before count ordinal unknown", 0.6, low=5),
)  # fmt: skip

IDIOMS = (
    Idiom("twentieth", "二十歳 ハタチ はたち 20歳 廿歳 二十才", 20, 0.85,
          "idiom (?! (veto_after | of? veto_after))"),
    Idiom("coming-of-age", "成人式 成人の日 新成人 成人式前撮り 二十歳の集い はたちの集い", 20, 0.65,
          "(start | kin | whose | happy | child | of | birthday) idiom (of | happy | party | kin | unknown | end)"),
    Idiom("half-birthday", "ハーフバースデー ハーフバースデイ ハーフバースデーフォト ", 0.5, 0.85),
    Idiom("half-year", "生後半年 半年 半年ベビー", 0.5, 0.7,
          "(start | kin | whose | child | born) idiom (of | child | kin | birthday | happy | turned | end | party)"),
    Idiom("first-birthday", "ファーストバースデー ファーストバースデイ 初誕生日 初誕生 一升餅 一升パン 選び取り 1stバースデー "
          "ファーストバースデーフォト 初めての誕生日 はじめての誕生日", 1, 0.8),
    Idiom("hundred-days", "お食い初め 百日祝い 100日祝い 百日記念 100日記念 100日フォト 百日フォト ももかいわい", 100 / 365.25,
          0.75),
    Idiom("first-shrine-visit", "お宮参り", 31 / 365.25, 0.5, "(start | whose | kin) idiom (of | party | end)"),
    Idiom("one-year-half", "一歳半 1歳半", 1.5, 0.9),
    Idiom("sixty", "還暦 還暦祝い", 60, 0.75, "(start | kin | happy | whose | unknown | of | before) idiom"),
    Idiom("sixty-six", "緑寿", 66, 0.75),
    Idiom("seventy", "古希 古稀 古希祝い 古稀祝い", 70, 0.75),
    Idiom("seventy-seven", "喜寿 喜寿祝い", 77, 0.8),
    Idiom("eighty", "傘寿 傘寿祝い", 80, 0.8),
    Idiom("eighty-eight", "米寿 米寿祝い", 88, 0.8),
    Idiom("ninety", "卒寿 卒寿祝い", 90, 0.8),
    Idiom("ninety-nine", "白寿 白寿祝い", 99, 0.75),
    Idiom("hundred", "百寿 百寿祝い 紀寿", 100, 0.75),
    Idiom("thirty", "三十路突入 三十路になりました 祝三十路 三十路デビュー", 30, 0.7),
    Idiom("teen-thirteen", "十三参り 十三詣り", 13, 0.5),
)  # fmt: skip

LEXICON = Lexicon(
    language="ja",
    script="han",
    cardinals=CARDINALS,
    ordinals=ORDINALS,
    words=WORDS,
    rules=RULES,
    idioms=IDIOMS,
    without=frozenset({"months", "is-number", "today-years", "has-years", "kin-has-years", "birthday-number",
                       "happy-years", "years-birthday", "birthday-years", "number-birthday", "finally",
                       "happy-number", "age-unit", "turned"}),
    letters="歳才のにになりました",
    gendered=Gendered(
        female="娘 長女 次女 三女 女の子 母 ママ お母さん 祖母 おばあちゃん 姉 妹 妻 嫁 孫娘 姪 姪っ子 女児 彼女 姫",
        male="息子 長男 次男 三男 男の子 父 パパ お父さん 祖父 おじいちゃん 兄 弟 夫 旦那 甥 甥っ子 男児 彼氏 王子",
        female_alone="バースデーガール 女の子ベビー",
        male_alone="バースデーボーイ 男の子ベビー",
        its="性別は 性別判定",
    ),
)  # fmt: skip

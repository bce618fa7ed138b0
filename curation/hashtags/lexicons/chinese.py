"""Chinese, simplified and traditional: its counters and the names of its years of life."""

from __future__ import annotations

from curation.hashtags.lexicon import DAY, MONTH, Gendered, Idiom, Lexicon, Rule
from curation.hashtags.numbers import counted, joined

_ONES = counted("一/壹 二/两/兩/貳 三/叁 四 五 六 七 八 九")
_TENS = {"十": 10, "廿": 20, "卅": 30} | {
    f"{one}十": 10 * value for one, value in _ONES.items() if value > 1
}
_BELOW = _ONES | _TENS | joined(_TENS, _ONES)

CARDINALS = (
    _BELOW
    | {"百": 100, "一百": 100}
    | {f"{hundred}{joint}{word}": 100 + value for hundred in ("一百", "百") for joint in ("零", "")
       for word, value in _BELOW.items() if value <= 20}
    | {"一百二": 120}
    | {f"{ten}{one}": 10 * _ONES[ten] + _ONES[one] for ten in _ONES for one in _ONES}
)  # fmt: skip
ORDINALS: dict[str, int] = {}

_KIN = (
    "儿子 兒子 女儿 女兒 宝宝 寶寶 妈妈 媽媽 爸爸 爷爷 爺爺 奶奶 外婆 外公 姥姥 姥爷 哥哥 姐姐 弟弟 妹妹 老公 老婆 孙子 孫子 "
    "孙女 孫女 侄子 侄女 外甥 外甥女 闺蜜 閨蜜 我 他 她 你 我们 我們 双胞胎 雙胞胎 我妈 我爸 老妈 老爸 咱家 我家 阿嬤 阿公 "
    "小公主 小王子 男友 女友 姐 哥 爱人 先生 太太 阿姨 叔叔 母亲 母親 父亲 父親"
)
_CHILD = (
    "宝贝 寶貝 男孩 女孩 少女 少年 小孩 孩子 小朋友 娃 萌娃 小宝贝 小寶貝 小仙女 男宝 女宝 男寶 女寶 男宝宝 女宝宝 男寶寶 "
    "女寶寶 婴儿 嬰兒 女生 男生 小美女 小帅哥 女子 男子 幼儿 姑娘 小伙 小宝 小寶 新生儿 新生兒 老人 老太太 老爷爷 "
    "baby boy girl 的我 的你 的他 的她 的小 奶娃"
)

WORDS = {
    "age_unit": "岁 歲 周岁 週歲 周歲 岁了 歲了 岁啦 歲啦 岁整 歲囉 岁咯 週岁 嵗",
    "years": "年",
    "months": "个月 個月 个月大 個月大 个月了 個月了 月龄 月齡 个月啦 個月啦 个月的 個月的",
    "month_name_": "",
    "weeks": "周大 週大 ",
    "days": "天 天大 天了 天啦 日 日大",
    "old": "大 出生",
    "before": "第",
    "ordinal": "个 個 th nd rd st 次",
    "birthday": (
        "生日 生日快乐 生日快樂 大寿 大壽 寿辰 壽辰 生辰 生日会 生日會 生日派对 生日派對 生日趴 生日宴 寿宴 壽宴 "
        "生日礼 生日蛋糕 庆生 慶生 寿 壽 生日照 生日写真 生日寫真 birthday bday 生日当天 生日愿望 生日願望 大寿快乐 大壽快樂 "
        "生日聚会 周岁宴 周歲宴 生日禮物 生日礼物 生日呀"
    ),
    "happy": "祝 祝我 庆祝 慶祝 快乐 快樂 happy 祝福 恭喜 你好 迎接 欢迎 祝贺 祝賀 喜迎 您好",
    "turn": "满 滿 年满 年滿 刚满 剛滿 已满 已滿 年方 芳龄 芳齡 终于 終於 刚刚 剛剛 今天 迈入 邁入 步入 踏入 度过 喜提 "
    "进入 進入 今年 跨入 解锁 虚岁 虛歲 來到 来到 开启 開啟 达成 ",
    "is": "是 已经 已經 就 都 也 现在 現在 成为 成為 才",
    "kin": _KIN,
    "child": _CHILD,
    "whose": "我的 你的 他的 她的 我们的 咱 咱的",
    "party": "派对 派對 纪念 紀念 写真 寫真 照 宴 打卡 蛋糕 宴席 里程碑 vlog 随拍",
    "today": "今日 今",
    "now": "了 啦 整 终於 终于啦 咯 囉 囖",
    "age": "年龄 年齡 龄",
    "of": "的 和 在 之 ",
    "half": "半 半了 半啦",
    "veto_before": (
        "约 大约 快 快要 将近 近 小 差 相差 永远 永遠 年年 超过 超過 未满 未滿 不满 奔 "
        "又长 又老了 又老 又长了 長 长 长了 老了 多活 相隔 未 初 路 号线 长大 長大 早 晚 年轻 年輕 老 活到 享年 终年 "
        "心理 看起来 看起來 减龄 少女心 像 增 年增 加 又大 又大了 大了 每 離 离 距离 距離 倒数 倒數 如果我 几 幾 数 數"
    ),
    "veto_after": (
        "以上 以下 之前 之后 之後 以前 以后 以後 前 后 後 多 左右 出头 出頭 的时候 的時候 那年 时 時 开始 開始 代 年代 差距 "
        "差 几 幾 起 禁 段 左右的 人生 女人的 女性 多岁 限制 以内 以內 内 不到 的差距 恋 戀 照样 "
        "分钟 分鐘 点 點 元 块 塊 斤 公里 米 個人 级 級 楼 樓 集 分 号 號 名 条 條 种 種 件 杯 本 首 话 話 强 強 必 "
        "的年龄差 未满 的距离 的距離 时代 的梦 后的 及以上 儿童票 女人 男人 的女人 过后 過後 过半 看老 看大 来 來"
    ),
    "veto_beside": "月",
    "range": "到 至 - ~ 〜 ～",
    "veto": (
        "周年 週年 周年庆 週年慶 纪念日 紀念日 结婚 結婚 婚礼 婚禮 婚 恋爱 戀愛 相恋 相戀 在一起 爱情 愛情 情侣 情侶 订婚 訂婚 "
        "相爱 相愛 友谊 友誼 友情 相识 相識 年前 年后 年後 以来 以來 工作 上班 入职 入職 从业 從業 工龄 工齡 职场 職場 创业 創業 "
        "公司 企业 企業 成立 开业 開業 创立 創立 建校 校庆 校慶 教龄 出道 戒烟 戒菸 戒酒 减肥 減肥 健身 挑战 挑戰 打卡挑战 怀孕 懷孕 "
        "孕 孕期 孕妇 孕婦 孕周 孕週 孕晚期 备孕 待产 忌日 逝世 去世 祭日 冥诞 冥誕 诞辰 誕辰 悼念 缅怀 緬懷 天堂 怀念 懷念 狗 "
        "狗狗 小狗 汪 狗生 柴犬 柯基 泰迪 金毛 拉布拉多 犬 猫 貓 猫咪 貓咪 小猫 小貓 喵 猫生 布偶 橘猫 宠物 寵物 毛孩 毛孩子 "
        "兔子 仓鼠 倉鼠 鹦鹉 鸚鵡 马 馬 主子 房子 老房 建筑 建築 大楼 威士忌 红酒 紅酒 茅台 陈酿 陳釀 车 車 摩托 品牌 店 学校 學校 "
        "大学 大學 高中 毕业 畢業 同学会 同學會 同学 同學 俱乐部 俱樂部 城市 国庆 國慶 建国 建國 祖国 祖國 中国 中國 国家 國家 "
        "独立 獨立 革命 抗战 抗戰 战争 戰爭 胜利 勝利 解放 建军 建軍 建党 建黨 香港回归 回归 回歸 地震 历史 歷史 电台 電台 节目 節目 "
        "电影 電影 专辑 專輯 歌 冠军 冠軍 联赛 聯賽 贷款 貸款 房贷 保修 退休 新年 跨年 春节 春節 元旦 年龄差 年齡差 高考 考研 义务教育 "
        "隔离 隔離 假期 倒计时 倒計時 连续 連續 坚持 堅持 日更 学习 學習 读书 改变 改變 旅行 之约 大一岁 "
        "老了一岁 长一岁 老一岁 長大一歲 老一歲 岁月 歲月 岁末 歲末 岁岁 歲歲 压岁 壓歲 万岁 萬歲 贺岁 賀歲 守岁 守歲 太岁 太歲"
    ),
}

RULES = (
    Rule("age-unit", "(before | turn | is | today)* count half? age_unit half?", 0.9),
    Rule("number-birthday", "(start | unknown | turn | happy | kin | child | whose | before | of) count"
         " of* birthday", 0.85, low=2),
    Rule("nth-birthday", "before count ordinal of* birthday", 0.95),
    Rule("birthday-nth", "birthday of* count age_unit", 0.85),
    Rule("months-old", "(start | kin | child | whose | turn | today | happy | unknown | old) (turn | now)*"
         " count half? months half? (old | child | kin | party | now | of | happy | birthday | end)", 0.75, MONTH,
         high=36),
    Rule("days-old", "(old | kin | child) (turn | now | before)* count days (child | kin | party | now | old | end)",
         0.75, DAY, high=400),
    Rule("age-months", "count age_unit of* other months", 0.95, high=17),
    Rule("hello", "start happy count end", 0.6, low=18),
)  # fmt: skip

IDIOMS = (
    Idiom("first-year", "周岁 週歲 周歲 周岁宴 週歲宴 周歲宴 抓周 抓週 周岁生日 周岁快乐 週歲快樂 周岁照 满周岁 滿週歲 週歲生日", 1, 0.85,
          "(start | kin | child | whose | happy | turn | today | unknown | of) idiom"),
    Idiom("full-moon", "满月 滿月 满月酒 滿月酒 满月照 滿月照 满月宴 满月啦", 1 / 12, 0.6,
          "(start | kin | child | whose | happy | turn | today) idiom (party | child | kin | now | of | happy | end)"),
    Idiom("hundred-days", "百天 百日宴 百天照 百日照 百天宴 百日 百日写真 宝宝百天", 100 / 365.25, 0.65,
          "(start | kin | child | whose | happy | turn | today) idiom (party | child | kin | now | of | happy | end)"),
    Idiom("half-year", "半岁 半歲 半岁啦 半岁了 半周岁 半週歲", 0.5, 0.85),
    Idiom("half-year", "半年", 0.5, 0.55, "start (kin | child | happy | turn)* idiom (child | kin | old | end)"),
    Idiom("half-year", "", 0.5, 0.6),
    Idiom("eighteen", "成人礼 成人禮 成年礼 成年禮 成年啦 成年了", 18, 0.65),
    Idiom("hairpin", "及笄 及笄之年", 15, 0.7),
    Idiom("crown", "弱冠 弱冠之年 ", 20, 0.65),
    Idiom("thirty", "三十而立 而立之年 30而立 而立", 30, 0.75,
          "(start | turn | happy | of | is | whose | kin) idiom (birthday | happy | of | now | end)"),
    Idiom("forty", "四十不惑 不惑之年 40不惑 四十而不惑", 40, 0.75),
    Idiom("fifty", "知天命 知命之年 五十知天命 天命之年 半百 半百之年", 50, 0.7),
    Idiom("sixty", "花甲 花甲之年 六十花甲 耳顺之年 耳順之年 六十大寿 六十大壽", 60, 0.7),
    Idiom("seventy", "古稀 古稀之年 七十古稀 七十大寿 七十大壽", 70, 0.75),
    Idiom("eighty", "八十大寿 八十大壽 杖朝之年", 80, 0.8),
    Idiom("eighty-eight", "米寿 米壽 米寿之年", 88, 0.75),
    Idiom("ninety", "鲐背之年 九十大寿 九十大壽", 90, 0.75),
    Idiom("hundred", "期颐之年 期頤之年 百岁 百歲 百岁老人 百歲人瑞 百岁生日 百岁寿星", 100, 0.7,
          "(start | kin | happy | unknown | turn | whose) idiom (birthday | child | kin | happy | now | of | end)"),
)  # fmt: skip

LEXICON = Lexicon(
    language="zh",
    script="han",
    cardinals=CARDINALS,
    ordinals=ORDINALS,
    words=WORDS,
    rules=RULES,
    idioms=IDIOMS,
    without=frozenset({"months", "is-number", "today-years", "has-years", "kin-has-years", "birthday-number",
                       "happy-years", "years-birthday", "birthday-years", "number-birthday", "finally",
                       "happy-number", "age-unit", "has-months", "has-days", "days-old", "weeks-old",
                       "days-child", "months-old", "months-child", "turning-months", "turning", "turned"}),
    vetoes=("old (kin | is)? count age_unit",),
    letters="岁歲了个們们",
    gendered=Gendered(
        female=(
            "女儿 女兒 女宝宝 女寶寶 女孩 小公主 妈妈 媽媽 老妈 奶奶 外婆 姥姥 姐姐 妹妹 老婆 孙女 孫女 外甥女 侄女 女生 母亲 母親 女宝 "
            "女寶"
        ),
        male="儿子 兒子 男宝宝 男寶寶 男孩 小王子 爸爸 老爸 爷爷 爺爺 外公 姥爷 哥哥 弟弟 老公 孙子 孫子 侄子 男生 父亲 父親 男宝 男寶",
        female_alone="女寿星 女壽星",
        male_alone="男寿星 男壽星",
        its="是个 是個 生了个 生了個",
    ),
)  # fmt: skip

"""Made-up names: places on the ground, units, people, projects by industry. None is meant to be anybody's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

FIRST = "东 南 西 北 龙 凤 金 银 青 白 红 云 石 清 大 长 新 平 安 永 双 花 麻 枫 樟 茶 莲 桐".split()
SECOND = "山 河 湖 桥 岭 坪 塘 溪 湾 洲 岗 滩 泉 峰 原 铺 市 冲 坝 口 田 亭 江 渡".split()
SURNAMES = "李 王 张 刘 陈 杨 黄 周 吴 徐 孙 胡 朱 高 林 何 郭 罗 梁 宋 唐 许 邓 冯 彭 曾 肖 田 谭 龙".split()
GIVEN = "志强 建华 海燕 晓明 丽娟 国平 文斌 春梅 立新 思远 雪峰 小红 俊杰 佳慧 永康 秋菊 明辉 向阳 玉兰 德胜".split()
BRAND = "湘源 楚云 岳麓山 洞庭 潇湘 衡岳 资江 沅澧 雪峰 罗霄 武陵 九嶷 浏阳河 桃源 橘洲 星沙 芙蓉 南岭".split()


@dataclass(frozen=True)
class Industry:
    """One industry: number of the 36 types, share, name of works ({place}, {other}, {site}, {n}), kind of unit, layout."""

    number: int
    share: float
    works: tuple[str, ...]
    firm: str
    line: bool = False


INDUSTRIES = (
    Industry(1, 10, ("{place}{site}至{site2}公路改扩建工程", "G{n}国道{place}段改建工程", "{place}{site}旅游公路工程"),
             "公路建设开发有限公司", True),
    Industry(2, 2, ("{place}{site}货运铁路专用线工程",), "铁路物流有限公司", True),
    Industry(3, 2, ("{place}{site}港区散货码头工程", "{place}{site}大桥工程"), "港务有限公司"),
    Industry(4, 0.5, ("{place}{site}通用机场工程",), "通用航空有限公司"),
    Industry(5, 1, ("{place}{site}生物质热电联产工程",), "热电有限公司"),
    Industry(7, 5, ("{place}{site}风电场工程", "{place}{site}{mw}MW风电项目"), "风力发电有限公司"),
    Industry(8, 5, ("{place}{site}220千伏输变电工程", "{place}{site}110千伏线路改造工程"), "电力建设有限公司", True),
    Industry(9, 11, ("{place}{site}{mw}MW农光互补光伏发电项目", "{place}{site}渔光互补光伏项目",
                     "{place}{site}{mw}MW集中式光伏项目"), "新能源有限公司"),
    Industry(10, 1.5, ("{place}{site}水库扩容工程",), "水利投资有限公司"),
    Industry(11, 1.5, ("{place}{site}灌区续建配套与现代化改造工程",), "水利投资有限公司"),
    Industry(12, 1.5, ("{place}{site}引调水工程", "{place}城乡供水一体化{site}管线工程"), "供水有限公司", True),
    Industry(13, 2, ("{place}{site}河堤防加固工程",), "水利投资有限公司", True),
    Industry(15, 4, ("{place}{site}小流域综合治理工程", "{place}{site}泵站更新改造工程"), "水利投资有限公司"),
    Industry(16, 1, ("{place}{site}抽水蓄能电站工程", "{place}{site}水电站增效扩容工程"), "水电开发有限公司"),
    Industry(19, 6, ("{place}{site}建筑用石灰岩矿", "{place}{site}建筑石料用花岗岩矿", "{place}{site}砂石骨料生产线项目"),
             "矿业有限公司"),
    Industry(21, 1.5, ("{place}{site}铅锌矿采选改扩建工程", "{place}{site}锑矿深部开采工程"), "矿业有限公司"),
    Industry(22, 1, ("{place}{site}萤石矿地下开采工程",), "矿业有限公司"),
    Industry(24, 2, ("{place}{site}天然气管道工程", "{place}天然气支线{site}段工程"), "天然气有限公司", True),
    Industry(26, 7, ("{place}{site}产业园标准厂房建设项目", "{place}{site}高新区场地平整工程"), "园区开发有限公司"),
    Industry(28, 6, ("{place}{site}片区道路及管网工程", "{place}城区{site}雨污分流改造工程"), "城市建设投资有限公司", True),
    Industry(29, 11, ("{place}{site}安置小区建设项目", "{place}{site}府房地产开发项目", "{place}{site}花园住宅小区项目"),
             "置业有限公司"),
    Industry(30, 4, ("{place}{site}停车场及配套设施项目", "{place}{site}公园建设项目"), "城市建设投资有限公司"),
    Industry(32, 2, ("{place}{site}油茶产业基地建设项目", "{place}{site}高标准农田建设项目"), "农业发展有限公司"),
    Industry(33, 9, ("{place}{site}新材料生产基地项目", "{place}{site}装配式建筑构件厂项目", "{place}{site}食品加工园项目"),
             "实业有限公司"),
    Industry(34, 4, ("{place}{site}中心医院迁建项目", "{place}{site}职业技术学校新建项目"), "建设投资有限公司"),
    Industry(35, 1, ("{place}{site}算力数据中心项目",), "信息科技有限公司"),
    Industry(36, 2, ("{place}{site}物流园建设项目",), "物流有限公司"),
)  # fmt: skip
BY_NUMBER = {one.number: one for one in INDUSTRIES}


def pick(rng: np.random.Generator, items: Any) -> Any:
    return items[int(rng.integers(len(items)))]


def site(rng: np.random.Generator) -> str:
    """A place on the ground, such as 青山坪."""
    return pick(rng, FIRST) + pick(rng, SECOND) + pick(rng, ["", "", "坪", "镇", "冲", "村"])


def person(rng: np.random.Generator) -> str:
    return pick(rng, SURNAMES) + pick(rng, GIVEN)


def industry(rng: np.random.Generator) -> Industry:
    """An industry by its share among real decisions."""
    shares = np.array([one.share for one in INDUSTRIES])
    return INDUSTRIES[int(rng.choice(len(INDUSTRIES), p=shares / shares.sum()))]


def project(rng: np.random.Generator, kind: Industry, place: str) -> str:
    """The name of works of an industry in a county."""
    text = pick(rng, kind.works)
    return text.format(
        place=place,
        site=site(rng),
        site2=site(rng),
        n=int(rng.integers(101, 699)),
        mw=pick(rng, (20, 30, 50, 80, 100)),
    )


def firm(rng: np.random.Generator, kind: Industry, place: str) -> str:
    """The name of a developer."""
    head = pick(rng, ("湖南", place, place))
    return f"{head}{pick(rng, BRAND)}{kind.firm}"


ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def credit_code(serial: int, division: str) -> str:
    """A made-up unified social credit code with a right check sign."""
    body = f"91{division}MAD{serial:06d}"
    total = sum(ALPHABET.index(sign) * pow(3, at, 31) for at, sign in enumerate(body))
    return body + ALPHABET[(31 - total % 31) % 31]


def project_code(rng: np.random.Generator, day: Any, division: str, serial: int) -> str:
    """A project code of the right pattern (GB/T 40058): year and month, division, kind, serial."""
    return f"{day:%y%m}-{division}-04-{int(rng.integers(1, 6)):02d}-{100000 + serial:06d}"

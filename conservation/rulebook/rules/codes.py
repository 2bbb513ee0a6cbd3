"""credit-code and project-code: are identifiers well formed (统一社会信用代码 GB 32100-2015, 项目代码 GB/T 40058-2021)?"""

from __future__ import annotations

import re
from dataclasses import dataclass

from conservation.rulebook.parameters import Params
from conservation.rulebook.registry import Basis, Line, Outcome, rule
from conservation.rulebook.values import arg

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""31 symbols of GB 32100, value = place; no I O S V Z."""
LENGTH = 18
PROJECT = re.compile(r"\d{4}-\d{6}-\d{2}-\d{2}-\d{6}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class CodeIn:
    code: str = arg("代码", "code")


@dataclass(frozen=True, kw_only=True)
class CodeOut:
    valid: bool = arg("是否有效", "valid")
    reason: str | None = arg("不通过的原因", "reason", default=None, omit=True)
    reason_en: str | None = arg("不通过的原因（英文）", "reason in English", default=None, omit=True)


def check_symbol(body: str) -> str:
    """The 18th symbol for the first 17: weights 3^(i-1) mod 31, (31 - sum mod 31) mod 31."""
    total = sum(ALPHABET.index(symbol) * pow(3, place, 31) for place, symbol in enumerate(body))
    return ALPHABET[(31 - total % 31) % 31]


def credit_code_fault(code: str) -> tuple[str, str] | None:
    """Why an upper-case, trimmed code is not valid, in Chinese and English; None when it is."""
    if not code:
        return "代码为空", "the code is empty"
    if len(code) != LENGTH:
        return f"应为 {LENGTH} 位，实为 {len(code)} 位", f"must have {LENGTH} characters, has {len(code)}"
    for place, symbol in enumerate(code, start=1):
        if symbol not in ALPHABET:
            return f"第 {place} 位“{symbol}”不是允许的字符", f"character {place} ({symbol}) is not allowed"
    wanted = check_symbol(code[:17])
    if wanted != code[17]:
        return f"校验码应为 {wanted}，实为 {code[17]}", f"the check character must be {wanted}, is {code[17]}"
    return None


def answer(fault: tuple[str, str] | None, good: Line) -> Outcome:
    if fault is None:
        return Outcome(CodeOut(valid=True), (good,))
    return Outcome(CodeOut(valid=False, reason=fault[0], reason_en=fault[1]), (Line(*fault, article=good.article),))


@rule(
    name="credit-code",
    title="统一社会信用代码校验",
    title_en="Unified social credit code",
    summary="校验 18 位统一社会信用代码的长度、字符和校验码；先去空格并转为大写。",
    summary_en="Checks length, characters and check character of the 18-place code, trimmed and in upper case.",
    family="identity",
    inputs=CodeIn,
    result=CodeOut,
    basis=(Basis("GB 32100-2015 法人和其他组织统一社会信用代码编码规则", "校验码", "secondary"),),
    example={"code": "91350100M000100Y43"},
)
def credit_code(given: CodeIn, params: Params) -> Outcome:
    good = Line("长度、字符和校验码均符合", "length, characters and check character agree", "GB 32100-2015")
    return answer(credit_code_fault(given.code.strip().upper()), good)


@rule(
    name="project-code",
    title="投资项目代码校验",
    title_en="Investment project code",
    summary="校验投资项目在线审批监管平台项目代码的格式；校验位算法未取得，只校验格式。",
    summary_en="Checks the pattern of the code; the check-digit algorithm was not obtained, so only the pattern.",
    family="identity",
    inputs=CodeIn,
    result=CodeOut,
    basis=(Basis("GB/T 40058-2021 全国投资项目在线审批监管平台 项目代码", "代码结构", "secondary"),),
    example={"code": "2112-441305-04-01-210651"},
)
def project_code(given: CodeIn, params: Params) -> Outcome:
    code = given.code.strip()
    fault = None
    if not code:
        fault = ("代码为空", "the code is empty")
    elif not PROJECT.fullmatch(code):
        fault = (
            "格式应为 4 位-6 位-2 位-2 位-6 位数字，如 2112-441305-04-01-210651",
            "must be digits as 4-6-2-2-6, such as 2112-441305-04-01-210651",
        )
    return answer(
        fault, Line("格式符合；校验位不作校验", "the pattern agrees; the check digit is not tested", "GB/T 40058-2021")
    )

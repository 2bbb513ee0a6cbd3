"""The main job, steps 1 to 8, in one real browser; the clock is moved where the law makes people wait."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import shapely

from conservation import clock
from tests.browser.conftest import Desk
from tests.conservation.regions.makers import shape_zip
from tests.photos import make_photo
from tests.projects.conftest import BOOK_PARTS, CHANGSHA_COUNTY, PDF, SITE, record, square, table
from tests.story.test_story import patches_file

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.django_db(transaction=True)]
WEST, SOUTH = CHANGSHA_COUNTY
FORM = "main form[method=post]"


def test_the_story(cast: SimpleNamespace, desk: Any, worker: Any, tmp_path: Path) -> None:
    story = Story(cast, desk, worker, tmp_path)
    story.register()
    story.file()
    story.review()
    story.wait(30)
    story.import_round()
    story.tier()
    story.wait(3)
    story.excess()
    story.unapproved()
    story.penalty()
    story.dossier()
    story.credit()


class Story:
    """What happens, in order; what later steps need is kept here."""

    def __init__(self, cast: SimpleNamespace, desk: Any, worker: Any, folder: Path):
        self.cast, self.desk, self.worker, self.folder = cast, desk, worker, folder
        self.firm: Desk = desk(cast.filer)
        self.project = self.plan = self.case = 0

    def wait(self, days: int) -> None:
        """Move the portal's clock on its page; then the night's jobs run."""
        screen = self.desk(self.cast.people["administrator"])
        screen.go("/demo/clock/")
        screen.fill(FORM, days=days)
        screen.press(FORM)
        self.worker()

    def path(self, name: str, data: bytes) -> str:
        found = self.folder / name
        found.write_bytes(data)
        return str(found)

    # --- 1 -----------------------------------------------------------------------------------------------------------
    def register(self) -> None:
        """Register the project: a wrong code is named first. The range: a bad zip is named, a shapefile, a drawing."""
        firm = self.firm
        firm.go("/projects/new/")
        data = record(counties="430121", code="2404-430121-04-01-12345")
        data = {key: value for key, value in data.items() if key not in ("unit",)}
        firm.fill(FORM, **data)
        with firm.refused():
            firm.press(FORM, "button.btn-primary")
        firm.says("项目代码不正确")
        firm.fill(FORM, code="2404-430121-04-01-123456")
        firm.press(FORM, "button.btn-primary")
        firm.page.wait_for_url("**/project/*/")
        self.project = int(firm.page.url.rstrip("/").rsplit("/", 1)[1])
        firm.go(f"/projects/{self.project}/range/")
        with firm.refused():
            firm.fill("#range-form", file=self.path("坏的.zip", b"PK\x03\x04 no zip"))
            firm.press("#range-form")
        firm.says("没有保存")
        zipped = shape_zip([shapely.geometry.shape(square(WEST, SOUTH))])
        firm.fill("#range-form", file=self.path("防治责任范围.zip", zipped))
        firm.press("#range-form")
        firm.page.wait_for_url("**/project/*/")
        self.draw()

    def draw(self) -> None:
        """A second version, drawn on the map."""
        firm = self.firm
        firm.go(f"/projects/{self.project}/range/")
        firm.page.wait_for_selector("#draw-map[data-ready='1']")
        box = firm.page.locator("#draw-map canvas").bounding_box()
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        for dx, dy in ((-4, -4), (4, -4), (4, 4), (-4, 4)):
            firm.page.mouse.click(middle[0] + dx, middle[1] + dy)
        firm.page.click("[data-draw=finish]")
        firm.press("#range-form")
        firm.page.wait_for_url("**/project/*/")
        from projects.registry.models import ResponsibilityRange

        assert [one.source for one in ResponsibilityRange.objects.order_by("version")] == ["file", "drawn"]

    def file(self) -> None:
        """File the plan: faults are named where they stand, then it goes out."""
        firm = self.firm
        firm.go(f"/plans/new/{self.project}/")
        firm.press(FORM)
        firm.page.wait_for_url("**/plans/*/edit/")
        self.plan = int(firm.page.url.rstrip("/").rsplit("/", 2)[1])
        form = "#plan-form"
        firm.page.wait_for_selector("text=报告书")
        firm.fill(form, **{**table(), "plan_unit_uscc": "91350100M000100Y44"}, range="")
        with firm.refused():
            firm.press(form, "button[value=submit]")
        firm.says("没有报送", "统一社会信用代码", "缺少水土流失防治责任范围矢量")
        file = self.path("方案.pdf", PDF)
        firm.fill("form[action$='/attach/']", file=file, covers=BOOK_PARTS)
        firm.press("form[action$='/attach/']")
        from projects.registry.models import ResponsibilityRange

        chosen = ResponsibilityRange.objects.get(version=1)
        prefix = firm.page.locator(f"{form} [name$='-TOTAL_FORMS']").get_attribute("name").rsplit("-", 1)[0]
        site = {f"{prefix}-0-{key}": value for key, value in SITE.items()}
        firm.fill(form, plan_unit_uscc="", range=chosen.pk, **site)
        firm.press(form, "button[value=submit]")
        firm.page.wait_for_url(f"**/plans/{self.plan}/")
        firm.says("已报送", "水土保持方案报告书")

    # --- 2 -----------------------------------------------------------------------------------------------------------
    def review(self) -> None:
        """The county accepts, reviews and approves; timers and papers show."""
        reviewer = self.desk(self.cast.county_people["reviewer"])
        reviewer.go("/")
        reviewer.go(f"/plans/{self.plan}/act/accept/")
        reviewer.press(FORM)
        reviewer.says("已受理", "受理通知书")
        reviewer.go(f"/plans/{self.plan}/act/skip_technical_review/")
        reviewer.press(FORM)
        approver = self.desk(self.cast.county_people["approver"])
        approver.go(f"/plans/{self.plan}/act/approve/")
        approver.fill(FORM, reason="符合许可条件")
        with approver.refused():
            approver.press(FORM)
        approver.says("审查尚未完成")
        reviewer.go(f"/plans/{self.plan}/")
        choices = {f"REF{n}": "clear" for n in range(1, 7)}
        names = reviewer.page.locator("#checklist [name]").evaluate_all("all => all.map(one => one.name)")
        reviewer.fill("#checklist", **{next(n for n in names if key in n and "comment" not in n): value
                                       for key, value in choices.items()})  # fmt: skip
        reviewer.press("#checklist")
        approver.go(f"/plans/{self.plan}/act/approve/")
        approver.fill(FORM, reason="符合许可条件")
        approver.press(FORM)
        approver.says("准予许可", "长县水〔")
        for act in ("deliver", "publish"):
            reviewer.go(f"/plans/{self.plan}/act/{act}/")
            reviewer.press(FORM)
        reviewer.says("已送达公开")
        self.firm.go(f"/plans/{self.plan}/")
        self.firm.says("准予行政许可决定书", "须在此日前开工")
        self.firm.go(f"/projects/{self.project}/start/")
        self.firm.press(FORM)
        self.firm.says("施工中")

    # --- 3 -----------------------------------------------------------------------------------------------------------
    def import_round(self) -> None:
        """Set up a round, import the file as a job, look at the classes, issue."""
        remote = self.desk(self.cast.people["remote_sensing"])
        today = clock.today()
        remote.go("/patches/rounds/new/")
        remote.fill(FORM, authority=self.cast.province.pk, code=f"430000-{today.year}-01", name="第一期遥感监管",
                    year=today.year, period=1, image_date=today.isoformat(), pixel_m="2")  # fmt: skip
        remote.press(FORM)
        remote.page.wait_for_url("**/patches/rounds/*/")
        page = remote.page.url.removeprefix(remote.base)
        remote.go(f"{page}import/")
        remote.fill(FORM, file=str(patches_file(self.folder)))
        remote.press(FORM)
        self.worker()
        remote.go(page)
        remote.says("疑似未批先建", "疑似超出防治责任范围", "合规", "低于最小图斑面积")
        remote.step("form[action$='/issue/']")
        remote.says("已下发")
        remote.go("/map/")
        remote.page.wait_for_function("() => window.portalMap && window.portalMap.loaded()")

    # --- 4 -----------------------------------------------------------------------------------------------------------
    def tier(self) -> None:
        """Tier on demand; the project's page shows the lines of reasoning."""
        inspector = self.desk(self.cast.county_people["inspector"])
        inspector.go("/risk/")
        self.run_tiers(inspector)
        inspector.go(f"/project/{self.project}/?tab=risk")
        inspector.page.wait_for_selector('[data-tab="risk"]')
        inspector.says("最高级别弃渣场", "方案申报")

    def run_tiers(self, inspector: Desk) -> None:
        form = "form[action$='/run/']"
        inspector.step(form)
        self.worker()

    # --- 5 -----------------------------------------------------------------------------------------------------------
    def visit(self, number: str, finding: str, **given: Any) -> Desk:
        """Claim, photographs, record, confirm."""
        from supervision.patches.models import Patch

        patch = Patch.objects.get(number=number)
        inspector = self.desk(self.cast.county_people["inspector"])
        inspector.go(f"/patches/{patch.pk}/")
        inspector.press("form[action$='/claim/']")
        inside = patch.geom.point_on_surface
        for at, view in enumerate(("whole", "board", "worst")):
            taken = clock.now().astimezone(clock.SHANGHAI)
            name = self.path(f"{number}-{view}.jpg", make_photo(inside.x, inside.y + at * 1e-5, 90.0, taken))
            inspector.fill("form[action$='/photo/']", view=view, photo=name)
            inspector.press("form[action$='/photo/']")
        said = {"finding": finding, "second_officer": self.cast.county_inspector2.pk,
                "description": "现场正在施工，边坡裸露。", **given}  # fmt: skip
        inspector.fill("form[action$='/verify/']", **said)
        inspector.press("form[action$='/verify/']")
        inspector.says("核查疑似违法")
        inspector.step("form[action$='/confirm/']")
        inspector.says("认定违法")
        inspector.step("form[action$='/order/']")
        inspector.says("查处中")
        return inspector

    def excess(self) -> None:
        """The excess beyond the range: ordered, answered with evidence, looked at again, closed."""
        from supervision.rectification.models import Item

        inspector = self.visit("TB01", "V05", land_ha="1.2")
        item = Item.objects.get()
        path = f"/rectification/{item.pk}/"
        firm = self.firm
        firm.go(path)
        firm.step("form[action$='/plan/']", text="十日内恢复超出部分。")
        firm.step("form[action$='/submit/']", text="已恢复。", uploads=self.path("整改报告.pdf", PDF))
        firm.says("待复核")
        inspector.go(path)
        inspector.step("form[action$='/close/']", second_officer=self.cast.county_inspector2.pk, manner="site",
                       note="已恢复植被，同意销号。")  # fmt: skip
        inspector.says("已销号")
        self.worker()

    def unapproved(self) -> None:
        """Works in no ledger: project and unit are made on the spot; nobody answers; the item becomes a case."""
        from supervision.rectification.models import Item

        inspector = self.visit(
            "TB03", "V01", land_ha="4.9", new_project_name="某采石场改扩建工程", new_project_type=19,
            unit_name="长沙金石矿业有限公司", unit_uscc=self.cast.late_uscc,
        )  # fmt: skip
        self.wait(60)
        item = Item.objects.get(violation="V01")
        inspector.go(f"/rectification/{item.pk}/")
        inspector.says("逾期")
        inspector.step("form[action$='/escalate/']", reason="逾期未整改")
        inspector.says("已移送立案")
        item.refresh_from_db()
        self.case = item.case_id
        self.worker()

    # --- 6 -----------------------------------------------------------------------------------------------------------
    def act(self, who: Desk, name: str, refused: bool = False, **values: Any) -> None:
        """One step of the case page."""
        who.go(f"/cases/{self.case}/")
        form = f"form[action$='/{name}/']"
        if refused:
            with who.refused():
                who.step(form, **values)
        else:
            who.step(form, **values)

    def serve(self, who: Desk, kind: str) -> None:
        from conservation.documents.models import Document

        paper = Document.objects.filter(
            subject_type="case", subject_id=str(self.case), kind=kind, number__gt=""
        ).latest("created_at")
        self.act(who, "serve", document_id=paper.pk, method="direct", recipient="张某", place="住所")

    def penalty(self) -> None:
        """Order, lapse, proposal, notice, decision; what the law demands first is said on the page."""
        cast = self.cast
        officer = self.desk(cast.county_people["case_officer"])
        leader = cast.county_people["leader"].pk
        self.act(officer, "file_case", officer1_id=cast.county_people["case_officer"].pk,
                 officer2_id=cast.county_officer2.pk, approver_id=leader)  # fmt: skip
        self.act(officer, "record_investigation", findings="未经批准擅自开工。", inspection_record="现场勘验。",
                 questioned_person="张某", questioning_record="承认。", measurement="RTK 实测。", area_ha="4.9")  # fmt: skip
        officer.says("须先责令限期改正")
        self.act(officer, "issue_order", deadline=(clock.today() + timedelta(days=30)).isoformat())
        self.serve(officer, "A04")
        self.wait(32)
        self.act(officer, "order_lapsed", findings="期限届满，未补办手续。")
        said = {"discretion_reason": "综合情节", "unverified_reason": "已核对裁量基准"}
        self.act(officer, "propose_penalty", refused=True, fine="99999999", **said)
        officer.says("没有保存")
        fine = self.inside_range()
        self.act(officer, "propose_penalty", fine=fine, **said)
        self.act(officer, "give_prior_notice")
        self.serve(officer, "A05")
        if self.state().hearing_due:
            self.serve(officer, "A06")
        self.wait(12)
        if self.state().collective_due:
            self.act(officer, "collective_discussion", attendants="全体", minutes="逐一发表意见", result="同意")
        self.act(officer, "decide", refused=True, fine="99999999", approver_id=leader)
        assert not self.state().decision_number
        self.act(officer, "decide", fine=fine, approver_id=leader)
        officer.says("已决定处罚", "行政处罚决定书")
        self.act(officer, "serve_decision", method="direct", recipient="张某")
        self.worker()

    def state(self) -> Any:
        from supervision.cases.models import Case

        return Case.objects.get(pk=self.case)

    def inside_range(self) -> str:
        from supervision.cases.facts import bounds, penalty_range

        found = bounds(penalty_range(self.state(), clock.today()))
        assert found is not None
        return f"{found[0] + (found[1] - found[0]) * 3 / 10:.2f}"

    # --- 7, 8 --------------------------------------------------------------------------------------------------------
    def dossier(self) -> None:
        """The auditor exports; the job tells its progress; a stranger is refused."""
        stranger = self.desk(self.cast.other_filer)
        with stranger.refused():
            stranger.go(f"/cases/{self.case}/")
        stranger.says("无权")
        auditor = self.desk(self.cast.county_people["auditor"])
        auditor.go(f"/cases/{self.case}/")
        auditor.step("form[action$='/export/']")
        auditor.page.wait_for_url("**/jobs/*/")
        self.worker()
        auditor.page.wait_for_selector("a[href*='/cases/exports/'], a[href*='/documents/']")
        auditor.page.locator("a[href*='/cases/exports/']").first.click()
        auditor.says("案卷导出结果", "没有发现问题")
        with auditor.page.expect_download() as caught:
            auditor.page.get_by_text("下载案卷").click()
        assert Path(caught.value.path()).read_bytes()[:2] == b"PK"

    def credit(self) -> None:
        """The fact stands on the unit's page and the list; the next tiering runs over it."""
        unit = self.state().unit_id
        approver = self.desk(self.cast.county_people["approver"])
        approver.go("/credit/")
        approver.says("长沙金石矿业有限公司", "受到行政处罚")
        approver.go(f"/unit/{unit}/")
        approver.says("长沙金石矿业有限公司")
        inspector = self.desk(self.cast.county_people["inspector"])
        inspector.go("/risk/")
        self.run_tiers(inspector)
        from projects.registry.models import ProjectTier

        found = ProjectTier.objects.get(project=self.state().project_id)
        assert found.assessed_on == clock.today()

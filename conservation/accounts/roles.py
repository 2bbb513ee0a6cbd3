"""Roles: what a person may do, for an authority or for a unit. One vocabulary for every room's access table."""

from django.utils.translation import gettext_lazy as _

# for a unit (建设单位、服务单位)
FILER = "filer"
# for an authority (主管部门)
REVIEWER = "reviewer"
APPROVER = "approver"
REMOTE_SENSING = "remote_sensing"
INSPECTOR = "inspector"
CASE_OFFICER = "case_officer"
LEGAL_REVIEWER = "legal_reviewer"
LEADER = "leader"
AUDITOR = "auditor"
ADMINISTRATOR = "administrator"

UNIT_ROLES = {FILER: _("单位申报员")}
AUTHORITY_ROLES = {
    REVIEWER: _("方案审查员"),
    APPROVER: _("审批负责人"),
    REMOTE_SENSING: _("遥感监管员"),
    INSPECTOR: _("监督检查员"),
    CASE_OFFICER: _("办案人员"),
    LEGAL_REVIEWER: _("法制审核员"),
    LEADER: _("机关负责人"),
    AUDITOR: _("审计员"),
    ADMINISTRATOR: _("系统管理员"),
}
LABELS = {**UNIT_ROLES, **AUTHORITY_ROLES}
SYSTEM = "system"

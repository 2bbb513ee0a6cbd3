"""The link by which a new person sets a password: the same page and token as a password reset."""

from __future__ import annotations

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils.translation import gettext as _

from conservation.accounts.models import User


def link_for(person: User) -> str:
    """Address of the page where this person sets a password; it ends with the first use and after some days."""
    key = f"{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}"
    uidb36, _dash, token = key.partition("-")
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": uidb36, "key": token})
    return settings.PUBLIC_URL.rstrip("/") + path


def send(person: User) -> bool:
    """Mail the link; False when the person has no address or the mail could not be sent."""
    if not person.email:
        return False
    body = _(
        "%(name)s：\n\n您已登记为水土保持监管门户的用户，用户名 %(username)s。请在下面的页面设置密码：\n%(link)s"
    ) % {
        "name": person.name,
        "username": person.username,
        "link": link_for(person),
    }
    try:
        return bool(send_mail(_("请设置登录密码"), body, None, [person.email]))
    except OSError:
        return False

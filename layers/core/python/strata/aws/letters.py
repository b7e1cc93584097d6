"""Letters through SES."""

from typing import TYPE_CHECKING

from strata.aws.clients import Clients
from strata.aws.failures import dependency
from strata.model.errors import Unavailable
from strata.ports import Letter

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


_NOT_SENDING = (
    "AccountSuspendedException",
    "BadRequestException",
    "MailFromDomainNotVerifiedException",
    "MessageRejected",
    "NotFoundException",
    "SendingPausedException",
)
"""Reasons of SES to refuse a letter: the account may not send, or an address is none to it."""


class SesNotifier:
    """`strata.ports.Notifier`; `sender` is an identity that SES has verified."""

    def __init__(self, clients: Clients, sender: str) -> None:
        self._clients, self._sender = clients, sender

    def send(self, letter: Letter) -> None:
        if not self._sender:
            raise Unavailable("This environment has no sender of e-mails.")
        client: SESV2Client = self._clients.get("sesv2")
        with dependency("The mail service", *_NOT_SENDING):
            client.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [letter.to]},
                Content={
                    "Simple": {
                        "Subject": {"Data": letter.subject, "Charset": "UTF-8"},
                        "Body": {"Text": {"Data": letter.text, "Charset": "UTF-8"}},
                    }
                },
            )

"""Letters: what is sent arrives as it was written."""

import pytest

from strata.model.errors import Unavailable
from strata.platform import Platform
from strata.ports import Letter
from tests.contract.conftest import Mailbox
from tests.faults import Fault, Line

LETTER = Letter("ada@example.com", "Strata: Grüße ☂", "Eine Zeile\nund 名前\n\n    srp_token\n")


def test_a_letter_arrives_as_it_was_written(mailbox: Mailbox) -> None:
    mailbox.notifier.send(LETTER)
    assert mailbox.received() == [LETTER]


def test_letters_arrive_in_their_order(mailbox: Mailbox) -> None:
    letters = [Letter("ada@example.com", f"Letter {number}", "x") for number in range(3)]
    for one in letters:
        mailbox.notifier.send(one)
    assert mailbox.received() == letters


def test_without_a_sender_none_can_be_sent(aws: Platform) -> None:
    with pytest.raises(Unavailable):
        aws.notifier.send(LETTER)


@pytest.mark.parametrize(
    "fault",
    [
        "timeout",
        "unreachable",
        "TooManyRequestsException",
        "LimitExceededException",
        "AccountSuspendedException",
        "SendingPausedException",
        "MailFromDomainNotVerifiedException",
        "MessageRejected",
        "BadRequestException",
    ],
)
def test_a_mail_service_that_takes_no_letter_is_unavailable(
    aws_mailbox: Mailbox, line: Line, fault: str
) -> None:
    line.fail(*[Fault("SendEmail", fault)] * 3)
    with pytest.raises(Unavailable) as raised:
        aws_mailbox.notifier.send(LETTER)
    assert "srp_token" not in str(raised.value)

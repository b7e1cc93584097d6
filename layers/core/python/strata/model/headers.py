"""Headers that a request to the outside may carry, whoever asks for them."""

MAX_HEADER_BYTES = 32_768
"""What servers take of headers, at most; beyond it a request could never be answered."""

OF_THE_CONNECTION = frozenset(
    (
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
"""They are the client's own to set: another value would change where a request goes or ends."""

"""Keys of what all users of an environment share."""

from strata.ports import Key


def provider(provider_id: str) -> Key:
    return Key("PROVIDERS", provider_id)


def secret(name: str) -> Key:
    return Key(f"SECRET#{name}", "SECRET")


def signing_ring() -> Key:
    return Key("SIGNING", "KEYS")

"""The one way out to the network: to public addresses only, bounded in time and size.

targets    what a URL asks for, its host and port allowed or not
resolving  names to addresses, under the call's deadline
addresses  the addresses of a host, each one public, before anything connects
sockets    a connection to one of these very addresses, under one deadline for all it does
exchange   one request and its answer
redirects  the request that follows an answer
client     these together
"""

from strata.outbound.client import GuardedClient

__all__ = ["GuardedClient"]

"""The HTTP edge: what is said once about every route, so that a handler is a paragraph.

A module of this package is imported by name, for each costs its own time at a cold start:

    resource    Resource: the routes of one Lambda function, and the way of a request
    parameters  what a route function may ask for: the user, the platform, limit, cursor …
    access      the authorizer's verdict: how it is written and how it is read
    bodies      JSON in: strict, bounded
    problems    errors out: application/problem+json
    answers     answers out: headers, entity tags
    schemas     the bodies of requests and answers, one module per resource
    openapi     the contract as a document
"""

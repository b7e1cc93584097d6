"""What a Map state has of its own: where its items come from, in batches of what, to where."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from strata.compiler.validate import templates
from strata.compiler.validate.fields import check_fields, check_object, missing, no_pairs
from strata.compiler.validate.paths import reference
from strata.compiler.validate.problems import Json, Place, Problem, told
from strata.compiler.validate.values import (
    Check,
    anything,
    array_of,
    name,
    one_of,
    text,
    whole,
    wrong_type,
)

MOST_LABEL = 40
MOST_BATCH_BYTES = 262_144

_LABEL = re.compile(r"[^\s?*<>{}\[\]:;,\\|^~$#%&`\"\x00-\x1f\x7f-\x9f]+")
_READERS = re.compile(r"arn:aws[\w-]*:states:::s3:(getObject|listObjectsV2)")
_WRITERS = re.compile(r"arn:aws[\w-]*:states:::s3:putObject")


def _resource(pattern: re.Pattern[str], actions: str) -> Check:
    def check(value: Any, place: Place) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield wrong_type(value, "an ARN", place)
        elif not pattern.fullmatch(value):
            yield place.problem("invalid_resource", f"must be {actions}, not {told(value)}")

    return check


def label(value: Any, place: Place) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield wrong_type(value, "a text", place)
    elif not _LABEL.fullmatch(value) or len(value) > MOST_LABEL:
        message = f"must have 1 to {MOST_LABEL} characters, without spaces and signs"
        yield place.problem("invalid_label", message)


_READER_CONFIG: Mapping[str, Check] = {
    "Comment": text,
    "InputType": one_of("CSV", "JSON", "JSONL", "MANIFEST", "PARQUET"),
    "CSVDelimiter": one_of("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"),
    "CSVHeaderLocation": one_of("FIRST_ROW", "GIVEN"),
    "CSVHeaders": array_of(name, least=1),
    "ItemsPointer": text,
    "ManifestType": one_of("S3_INVENTORY", "ATHENA_DATA"),
    "Transformation": one_of("NONE", "LOAD_AND_FLATTEN"),
}
_READER = {"Comment": text, "Resource": _resource(_READERS, "s3:getObject or s3:listObjectsV2")}
_WRITER_CONFIG: Mapping[str, Check] = {
    "Comment": text,
    "OutputType": one_of("JSON", "JSONL"),
    "Transformation": one_of("NONE", "COMPACT", "FLATTEN"),
}
_MOST_ITEMS: Check = whole(0)
_PER_BATCH: Mapping[str, Check] = {
    "MaxItemsPerBatch": whole(1),
    "MaxInputBytesPerBatch": whole(1, MOST_BATCH_BYTES),
}


def _with_expressions(checks: Mapping[str, Check]) -> dict[str, Check]:
    return {field: templates.or_expression(check) for field, check in checks.items()}


_CONFIGS: Mapping[str, Mapping[str, Check]] = {
    "JSONPath": {**_READER_CONFIG, "MaxItems": _MOST_ITEMS, "MaxItemsPath": reference},
    "JSONata": {
        **_with_expressions(_READER_CONFIG),
        "MaxItems": templates.or_expression(_MOST_ITEMS),
    },
}
_BATCHERS: Mapping[str, Mapping[str, Check]] = {
    "JSONPath": {
        **_PER_BATCH,
        **{f"{field}Path": reference for field in _PER_BATCH},
        "BatchInput": templates.payload,
        "Comment": text,
    },
    "JSONata": {
        **_with_expressions(_PER_BATCH),
        "BatchInput": templates.json_with_expressions,
        "Comment": text,
    },
}


def _object_of(check_payload: Check) -> Check:
    """What names an object in S3, or those that begin alike."""

    def check(value: Any, place: Place) -> Iterator[Problem]:
        yield from check_payload(value, place)
        for field in ("Bucket", "Key", "Prefix"):
            if isinstance(value, dict) and field in value:
                yield from text(value[field], place.at(field))

    return check


_PASSED: Mapping[str, Mapping[str, Check]] = {
    "JSONPath": {"Parameters": _object_of(templates.object_payload)},
    "JSONata": {"Arguments": _object_of(templates.object_or_expression)},
}


def item_reader(language: str, other: str) -> Check:
    fields = {**_READER, **_PASSED[language], "ReaderConfig": anything}

    def check(value: Any, place: Place) -> Iterator[Problem]:
        yield from check_object(value, place, {}, ("Resource", *_PASSED[language]))
        if isinstance(value, dict):
            yield from check_fields(value, place, fields, _PASSED[other])
            if "ReaderConfig" in value:
                yield from config(value["ReaderConfig"], place.at("ReaderConfig"))

    def config(value: Any, place: Place) -> Iterator[Problem]:
        yield from check_object(value, place, {})
        if isinstance(value, dict):
            yield from check_fields(value, place, _CONFIGS[language], _CONFIGS[other])
            yield from _headers(value, place)
            yield from no_pairs(value, place)

    return check


def _headers(config: Json, place: Place) -> Iterator[Problem]:
    """Of CSV alone, and given where they are said to be given."""
    if config.get("InputType") == "CSV" and "CSVHeaderLocation" not in config:
        yield place.problem("missing_field", "must have 'CSVHeaderLocation' for CSV")
    if config.get("CSVHeaderLocation") == "GIVEN" and "CSVHeaders" not in config:
        yield place.problem("missing_field", "must have 'CSVHeaders', which are said to be given")
    if config.get("InputType") in ("JSON", "JSONL", "PARQUET"):
        for field in ("CSVHeaderLocation", "CSVHeaders", "CSVDelimiter"):
            if field in config:
                yield place.at(field).problem("unknown_field", "can stand with CSV alone")


def item_batcher(language: str, other: str) -> Check:
    def check(value: Any, place: Place) -> Iterator[Problem]:
        yield from check_object(value, place, {})
        if isinstance(value, dict):
            yield from check_fields(value, place, _BATCHERS[language], _BATCHERS[other])
            yield from no_pairs(value, place)
            if not any(field.startswith(("MaxItems", "MaxInput")) for field in value):
                message = "must have MaxItemsPerBatch, MaxInputBytesPerBatch or the path of one"
                yield place.problem("missing_field", message)

    return check


def _writer_config(value: Any, place: Place) -> Iterator[Problem]:
    yield from check_object(value, place, _WRITER_CONFIG, ("OutputType",))


def result_writer(language: str, other: str) -> Check:
    """Resource and parameters, a form of the results, or both."""
    fields = {
        "Comment": text,
        "Resource": _resource(_WRITERS, "s3:putObject"),
        "WriterConfig": _writer_config,
        **_PASSED[language],
    }

    def check(value: Any, place: Place) -> Iterator[Problem]:
        yield from check_object(value, place, {})
        if isinstance(value, dict):
            yield from check_fields(value, place, fields, _PASSED[other])
            yield from missing(
                value, place, tuple(_PASSED[language]) if "Resource" in value else ()
            )
            if "Resource" not in value and "WriterConfig" not in value:
                yield place.problem("missing_field", "must have 'Resource' or 'WriterConfig'")

    return check


_PROCESSOR: Mapping[str, Check] = {
    "Mode": one_of("INLINE", "DISTRIBUTED"),
    "ExecutionType": one_of("STANDARD", "EXPRESS"),
    "Comment": text,
}


def processor_config(value: Any, place: Place) -> Iterator[Problem]:
    yield from check_object(value, place, _PROCESSOR)
    if not isinstance(value, dict):
        return
    is_distributed = value.get("Mode") == "DISTRIBUTED"
    if is_distributed and "ExecutionType" not in value:
        yield place.problem("missing_field", "must have 'ExecutionType' where it is distributed")
    if not is_distributed and "ExecutionType" in value:
        message = "can stand in a distributed Map alone"
        yield place.at("ExecutionType").problem("unknown_field", message)


def config_of(processor: Any) -> Json:
    """Of a body, or of anything else."""
    config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    return config if isinstance(config, dict) else {}

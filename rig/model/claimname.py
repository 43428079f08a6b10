# SPDX-License-Identifier: GPL-2.0-only
"""How files name claims."""

from typing import Annotated

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

from rig.base.errors import InputError
from rig.model.claim import Claim
from rig.model.claims import claim_named, claims


def _claim(value: object) -> Claim:
    if isinstance(value, Claim):
        return value
    try:
        return claim_named(str(value))
    except InputError as error:
        raise ValueError(f"{error.message}; {error.hint}") from error


def named() -> CoreSchema:
    """How pydantic reads and writes a claim that nothing else is said of."""
    written = core_schema.plain_serializer_function_ser_schema(str)
    return core_schema.no_info_plain_validator_function(_claim, serialization=written)


# A claim where it is used, a name in YAML and JSON; a name that no claim has is refused.
ClaimName = Annotated[
    Claim,
    PlainValidator(_claim),
    PlainSerializer(lambda claim: claim.name, return_type=str),
    WithJsonSchema({"type": "string", "enum": [claim.name for claim in claims()]}),
]

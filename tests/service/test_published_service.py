"""Everything that version 0.1.0 published of the service still exists."""

from typing import Any

from tests.support.interfaces import missing, published

from .backend_child import Backend

METHODS = ("get", "post", "put", "patch", "delete")
DESCRIBED = ("type", "format", "default", "minimum", "maximum", "exclusiveMaximum", "maxLength")
"""Keywords of the schema that describe a field."""
COUNTS = ("minItems", "maxItems", "pattern")


def described(backend: Backend) -> dict[str, Any]:
    """Greeting, limits and each operation with its fields; kinds of schema have no names here."""
    document = backend.client.get("/v1/openapi.json").json()
    schemas = document["components"]["schemas"]
    capabilities = backend.client.get("/v1/capabilities").json()
    refused = backend.client.get("/v1/nothing").json()
    return {
        "greeting": {name: type(value).__name__ for name, value in backend.greeting.items()},
        "protocol": backend.greeting["protocol"],
        "refusal": {"names": list(refused)},
        "limits": capabilities["limits"],
        "operations": {
            f"{method.upper()} {path}": _operation(operation, schemas)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if method in METHODS
        },
    }


def _operation(operation: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    parameters = {
        f"{one['in']} {one['name']}": {
            "required": one.get("required", False),
            **_shape(one["schema"], schemas),
        }
        for one in operation.get("parameters", ())
    }
    body = operation.get("requestBody", {}).get("content", {})
    return {
        "parameters": parameters,
        "body": {kind: _shape(one["schema"], schemas) for kind, one in body.items()},
        "replies": {
            code: {
                kind: _shape(one["schema"], schemas)
                for kind, one in reply.get("content", {}).items()
                if "schema" in one
            }
            for code, reply in operation["responses"].items()
        },
    }


def _shape(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """A schema with what it refers to in place, without names and words for people."""
    if "$ref" in schema:
        return _shape(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    kinds = schema.get("oneOf") or schema.get("anyOf")
    if kinds and "discriminator" in schema:
        by = schema["discriminator"]["propertyName"]
        shapes = [_shape(one, schemas) for one in kinds]
        return {"kinds": {one["fields"][by]["choices"][0]: one for one in shapes}}
    found: dict[str, Any] = {name: schema[name] for name in (*DESCRIBED, *COUNTS) if name in schema}
    if kinds:
        for one in kinds:
            shape = _shape(one, schemas)
            may_be = shape.pop("type", "")
            found.setdefault("choices_of_type", {})[may_be] = shape
    if "enum" in schema or "const" in schema:
        found["choices"] = schema.get("enum", [schema.get("const")])
    if "properties" in schema:
        needed = schema.get("required", ())
        found["fields"] = {
            name: {"required": name in needed, **_shape(one, schemas)}
            for name, one in schema["properties"].items()
        }
    if "items" in schema:
        found["items"] = _shape(schema["items"], schemas)
    if isinstance(schema.get("additionalProperties"), dict):
        found["each"] = _shape(schema["additionalProperties"], schemas)
    return found


def test_service_has_all_published_operations_fields_and_limits(backend: Backend) -> None:
    assert not list(missing(published("service"), described(backend)))

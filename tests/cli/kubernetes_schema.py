"""The part of the Kubernetes v1 and Kubeflow v1 schemas that our files use: an unknown or mistyped field is an error.

A dict lists the fields allowed, `!` marks the required; `[x]` is a list of x; `{str: x}` a map; a tuple the values allowed.
"""

_FIELD_REF = {"fieldRef!": {"fieldPath!": str, "apiVersion": str}}
_CONTAINER = {
    "name!": str,
    "image!": str,
    "command": [str],
    "args": [str],
    "env": [{"name!": str, "value": str, "valueFrom": _FIELD_REF}],
    "ports": [{"name": str, "containerPort!": int, "protocol": ("TCP", "UDP", "SCTP")}],
    "resources": {"limits": {str: (int, str)}, "requests": {str: (int, str)}},
    "volumeMounts": [{"name!": str, "mountPath!": str, "readOnly": bool, "subPath": str}],
}
_POD = {
    "spec!": {
        "containers!": [_CONTAINER],
        "restartPolicy": ("Always", "OnFailure", "Never"),
        "subdomain": str,
        "terminationGracePeriodSeconds": int,
        "volumes": [{"name!": str, "persistentVolumeClaim": {"claimName!": str, "readOnly": bool}}],
    }
}
_METADATA = {"name!": str, "labels": {str: str}}
SCHEMAS = {
    ("v1", "Service"): {
        "apiVersion!": str,
        "kind!": str,
        "metadata!": _METADATA,
        "spec!": {
            "clusterIP": str,
            "selector": {str: str},
            "publishNotReadyAddresses": bool,
            "ports": [{"name": str, "port!": int, "targetPort": (int, str)}],
        },
    },
    ("batch/v1", "Job"): {
        "apiVersion!": str,
        "kind!": str,
        "metadata!": _METADATA,
        "spec!": {
            "completionMode": ("Indexed", "NonIndexed"),
            "completions": int,
            "parallelism": int,
            "backoffLimit": int,
            "template!": _POD,
        },
    },
    ("kubeflow.org/v1", "TFJob"): {
        "apiVersion!": str,
        "kind!": str,
        "metadata!": _METADATA,
        "spec!": {
            "runPolicy": {"cleanPodPolicy": ("All", "Running", "None"), "backoffLimit": int},
            "tfReplicaSpecs!": {
                "Worker!": {
                    "replicas": int,
                    "restartPolicy": ("Always", "OnFailure", "Never", "ExitCode"),
                    "template": _POD,
                }
            },
        },
    },
}


def problems(value, schema, path=""):
    """What is wrong with a value, one line each."""
    if isinstance(schema, tuple):
        fits = type(value) in schema if isinstance(schema[0], type) else value in schema
        return [] if fits else [f"{path}: {value!r} is not one of {schema}"]
    if isinstance(schema, type):
        return [] if type(value) is schema else [f"{path}: {value!r} is not {schema.__name__}"]
    if isinstance(schema, list):
        if not isinstance(value, list):
            return [f"{path}: {value!r} is not a list"]
        return [line for index, item in enumerate(value) for line in problems(item, schema[0], f"{path}[{index}]")]
    if not isinstance(value, dict):
        return [f"{path}: {value!r} is not a map"]
    if str in schema:
        return [line for key, item in value.items() for line in problems(item, schema[str], f"{path}.{key}")]
    fields = {name.rstrip("!"): inner for name, inner in schema.items()}
    lines = [f"{path}.{key}: unknown field" for key in value if key not in fields]
    lines += [f"{path}.{name[:-1]}: missing" for name in schema if name.endswith("!") and name[:-1] not in value]
    return lines + [
        line for key in value if key in fields for line in problems(value[key], fields[key], f"{path}.{key}")
    ]

import datetime

from caisson.executor.v1 import run_pb2 as _run_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ChangeSubject(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANGE_SUBJECT_UNSPECIFIED: _ClassVar[ChangeSubject]
    CHANGE_SUBJECT_AGENT: _ClassVar[ChangeSubject]
    CHANGE_SUBJECT_PROMPT: _ClassVar[ChangeSubject]
    CHANGE_SUBJECT_MODEL: _ClassVar[ChangeSubject]
    CHANGE_SUBJECT_TOOL: _ClassVar[ChangeSubject]
    CHANGE_SUBJECT_SCHEMA: _ClassVar[ChangeSubject]
    CHANGE_SUBJECT_REACH: _ClassVar[ChangeSubject]
CHANGE_SUBJECT_UNSPECIFIED: ChangeSubject
CHANGE_SUBJECT_AGENT: ChangeSubject
CHANGE_SUBJECT_PROMPT: ChangeSubject
CHANGE_SUBJECT_MODEL: ChangeSubject
CHANGE_SUBJECT_TOOL: ChangeSubject
CHANGE_SUBJECT_SCHEMA: ChangeSubject
CHANGE_SUBJECT_REACH: ChangeSubject

class FetchAccess(_message.Message):
    __slots__ = ("rule", "methods")
    RULE_FIELD_NUMBER: _ClassVar[int]
    METHODS_FIELD_NUMBER: _ClassVar[int]
    rule: str
    methods: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, rule: _Optional[str] = ..., methods: _Optional[_Iterable[str]] = ...) -> None: ...

class SecretAccess(_message.Message):
    __slots__ = ("name", "hosts", "header")
    NAME_FIELD_NUMBER: _ClassVar[int]
    HOSTS_FIELD_NUMBER: _ClassVar[int]
    HEADER_FIELD_NUMBER: _ClassVar[int]
    name: str
    hosts: _containers.RepeatedCompositeFieldContainer[FetchAccess]
    header: str
    def __init__(self, name: _Optional[str] = ..., hosts: _Optional[_Iterable[_Union[FetchAccess, _Mapping]]] = ..., header: _Optional[str] = ...) -> None: ...

class Reach(_message.Message):
    __slots__ = ("fetch", "secrets", "env", "models", "tool_models", "limits", "approvals")
    FETCH_FIELD_NUMBER: _ClassVar[int]
    SECRETS_FIELD_NUMBER: _ClassVar[int]
    ENV_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    TOOL_MODELS_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    APPROVALS_FIELD_NUMBER: _ClassVar[int]
    fetch: _containers.RepeatedCompositeFieldContainer[FetchAccess]
    secrets: _containers.RepeatedCompositeFieldContainer[SecretAccess]
    env: _containers.RepeatedScalarFieldContainer[str]
    models: _containers.RepeatedScalarFieldContainer[str]
    tool_models: bool
    limits: _run_pb2.RunLimits
    approvals: _containers.RepeatedCompositeFieldContainer[_run_pb2.ApprovalRule]
    def __init__(self, fetch: _Optional[_Iterable[_Union[FetchAccess, _Mapping]]] = ..., secrets: _Optional[_Iterable[_Union[SecretAccess, _Mapping]]] = ..., env: _Optional[_Iterable[str]] = ..., models: _Optional[_Iterable[str]] = ..., tool_models: _Optional[bool] = ..., limits: _Optional[_Union[_run_pb2.RunLimits, _Mapping]] = ..., approvals: _Optional[_Iterable[_Union[_run_pb2.ApprovalRule, _Mapping]]] = ...) -> None: ...

class Label(_message.Message):
    __slots__ = ("label", "version", "percent", "update_time", "updated_by")
    LABEL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PERCENT_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATED_BY_FIELD_NUMBER: _ClassVar[int]
    label: str
    version: int
    percent: int
    update_time: _timestamp_pb2.Timestamp
    updated_by: str
    def __init__(self, label: _Optional[str] = ..., version: _Optional[int] = ..., percent: _Optional[int] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., updated_by: _Optional[str] = ...) -> None: ...

class DeployedAgent(_message.Message):
    __slots__ = ("name", "labels", "latest_version", "create_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    LATEST_VERSION_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    labels: _containers.RepeatedCompositeFieldContainer[Label]
    latest_version: int
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., labels: _Optional[_Iterable[_Union[Label, _Mapping]]] = ..., latest_version: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AgentVersion(_message.Message):
    __slots__ = ("name", "version", "bundle_digest", "agents", "reach", "wider", "approved", "approved_by", "approve_time", "created_by", "create_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    AGENTS_FIELD_NUMBER: _ClassVar[int]
    REACH_FIELD_NUMBER: _ClassVar[int]
    WIDER_FIELD_NUMBER: _ClassVar[int]
    APPROVED_FIELD_NUMBER: _ClassVar[int]
    APPROVED_BY_FIELD_NUMBER: _ClassVar[int]
    APPROVE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATED_BY_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: int
    bundle_digest: str
    agents: _containers.RepeatedScalarFieldContainer[str]
    reach: Reach
    wider: _containers.RepeatedScalarFieldContainer[str]
    approved: bool
    approved_by: str
    approve_time: _timestamp_pb2.Timestamp
    created_by: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., version: _Optional[int] = ..., bundle_digest: _Optional[str] = ..., agents: _Optional[_Iterable[str]] = ..., reach: _Optional[_Union[Reach, _Mapping]] = ..., wider: _Optional[_Iterable[str]] = ..., approved: _Optional[bool] = ..., approved_by: _Optional[str] = ..., approve_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., created_by: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Change(_message.Message):
    __slots__ = ("subject", "path", "before", "after")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    subject: ChangeSubject
    path: str
    before: str
    after: str
    def __init__(self, subject: _Optional[_Union[ChangeSubject, str]] = ..., path: _Optional[str] = ..., before: _Optional[str] = ..., after: _Optional[str] = ...) -> None: ...

class Difference(_message.Message):
    __slots__ = ("version", "changes", "change_count", "wider")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    CHANGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    WIDER_FIELD_NUMBER: _ClassVar[int]
    version: int
    changes: _containers.RepeatedCompositeFieldContainer[Change]
    change_count: int
    wider: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, version: _Optional[int] = ..., changes: _Optional[_Iterable[_Union[Change, _Mapping]]] = ..., change_count: _Optional[int] = ..., wider: _Optional[_Iterable[str]] = ...) -> None: ...

class DeployBundleRequest(_message.Message):
    __slots__ = ("name", "bundle", "reach", "validate_only", "expected_version", "approve_reach")
    NAME_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_FIELD_NUMBER: _ClassVar[int]
    REACH_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    APPROVE_REACH_FIELD_NUMBER: _ClassVar[int]
    name: str
    bundle: _run_pb2.BundleSource
    reach: Reach
    validate_only: bool
    expected_version: int
    approve_reach: bool
    def __init__(self, name: _Optional[str] = ..., bundle: _Optional[_Union[_run_pb2.BundleSource, _Mapping]] = ..., reach: _Optional[_Union[Reach, _Mapping]] = ..., validate_only: _Optional[bool] = ..., expected_version: _Optional[int] = ..., approve_reach: _Optional[bool] = ...) -> None: ...

class DeployBundleResponse(_message.Message):
    __slots__ = ("version", "difference")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    version: AgentVersion
    difference: Difference
    def __init__(self, version: _Optional[_Union[AgentVersion, _Mapping]] = ..., difference: _Optional[_Union[Difference, _Mapping]] = ...) -> None: ...

class ListAgentsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListAgentsResponse(_message.Message):
    __slots__ = ("agents", "next_page_token")
    AGENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    agents: _containers.RepeatedCompositeFieldContainer[DeployedAgent]
    next_page_token: str
    def __init__(self, agents: _Optional[_Iterable[_Union[DeployedAgent, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetAgentRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetAgentResponse(_message.Message):
    __slots__ = ("agent",)
    AGENT_FIELD_NUMBER: _ClassVar[int]
    agent: DeployedAgent
    def __init__(self, agent: _Optional[_Union[DeployedAgent, _Mapping]] = ...) -> None: ...

class ListVersionsRequest(_message.Message):
    __slots__ = ("name", "page_size", "page_token")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    name: str
    page_size: int
    page_token: str
    def __init__(self, name: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListVersionsResponse(_message.Message):
    __slots__ = ("versions", "next_page_token")
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    versions: _containers.RepeatedCompositeFieldContainer[AgentVersion]
    next_page_token: str
    def __init__(self, versions: _Optional[_Iterable[_Union[AgentVersion, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ApproveReachRequest(_message.Message):
    __slots__ = ("name", "version")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: int
    def __init__(self, name: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class ApproveReachResponse(_message.Message):
    __slots__ = ("version",)
    VERSION_FIELD_NUMBER: _ClassVar[int]
    version: AgentVersion
    def __init__(self, version: _Optional[_Union[AgentVersion, _Mapping]] = ...) -> None: ...

class SetLabelRequest(_message.Message):
    __slots__ = ("name", "label", "version", "percent", "expected_version")
    NAME_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PERCENT_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    name: str
    label: str
    version: int
    percent: int
    expected_version: int
    def __init__(self, name: _Optional[str] = ..., label: _Optional[str] = ..., version: _Optional[int] = ..., percent: _Optional[int] = ..., expected_version: _Optional[int] = ...) -> None: ...

class SetLabelResponse(_message.Message):
    __slots__ = ("agent",)
    AGENT_FIELD_NUMBER: _ClassVar[int]
    agent: DeployedAgent
    def __init__(self, agent: _Optional[_Union[DeployedAgent, _Mapping]] = ...) -> None: ...

class DeleteAgentRequest(_message.Message):
    __slots__ = ("name", "version", "expected_version")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: int
    expected_version: int
    def __init__(self, name: _Optional[str] = ..., version: _Optional[int] = ..., expected_version: _Optional[int] = ...) -> None: ...

class DeleteAgentResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

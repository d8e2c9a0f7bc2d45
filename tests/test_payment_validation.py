"""The payment-validation sample: its templates lint, its ideal deploys, and its function does what the prompt asks.

moto's CloudFormation creates no alarms and leaves some settings of tables and functions aside:

- `AWS::CloudWatch::Alarm` is created through its service's own API, with the properties that the template resolves to
  (`OWN_API`);
- `PointInTimeRecoverySpecification` of `AWS::DynamoDB::Table` is set through DynamoDB's own API in the same way;
- `TracingConfig`, `DeadLetterConfig` and `Architectures` of `AWS::Lambda::Function` are held against cfn-lint's schema
  (`test_no_errors_or_warnings`) and read from the resolved template (`test_the_function_is_declared_as_asked`).
"""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

boto3 = pytest.importorskip("boto3", reason="boto3 is not installed: pip install -e .[dev]")
moto = pytest.importorskip("moto", reason="moto is not installed: pip install -e .[dev]")
cfnlint_api = pytest.importorskip("cfnlint.api", reason="cfn-lint is not installed: pip install -e .[lint]")
cfnlint_decode = pytest.importorskip("cfnlint.decode", reason="cfn-lint is not installed")

LIB = Path(__file__).parents[1] / "data" / "payment-validation" / "lib"
ENVIRONMENTS = ("dev", "staging", "prod")
ACCOUNT, REGION = "123456789012", "us-east-1"
OWN_API = {"AWS::CloudWatch::Alarm"}
FENCE = re.compile(r"```yaml\n(.*?)```\n", re.DOTALL)


def template_text(side: str) -> str:
    """The one template that a response holds."""
    (found,) = FENCE.findall((LIB / f"{side}_RESPONSE.md").read_text(encoding="utf-8"))
    return str(found)


def parameters(environment: str) -> dict[str, str]:
    return {
        "Environment": environment,
        "EnvironmentSuffix": environment,
        "PaymentsAccountId": "111122223333",
        "SettlementAccountId": "444455556666",
        "AlertEmail": "alerts@example.com",
    }


@dataclass
class Stack:
    """A deployed stack: its parameters, what it created, and its template."""

    environment: str
    parameters: dict[str, str]
    physical: dict[str, str]
    template: dict[str, Any]

    def name(self, stem: str) -> str:
        return f"{stem}-{self.environment}"

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        return {k: v for k, v in self.template["Resources"].items() if v["Type"] == kind}

    def resolve(self, value: Any) -> Any:
        """A template's value as the deployment sees it."""
        if isinstance(value, list):
            return [self.resolve(v) for v in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, inner),) = value.items()
            if name == "Ref":
                return self.reference(inner)
            if name == "Fn::GetAtt":
                target, attribute = inner.split(".") if isinstance(inner, str) else inner
                return self.attribute(target, attribute)
            if name == "Fn::Sub":
                return re.sub(r"\$\{([^}]+)\}", lambda m: self.hole(m[1]), inner)
            if name == "Fn::If":
                condition, yes, no = inner
                assert self.template["Conditions"][condition] == {"Fn::Equals": [{"Ref": "Environment"}, "prod"]}
                return self.resolve(yes if self.environment == "prod" else no)
        return {k: self.resolve(v) for k, v in value.items()}

    def hole(self, expression: str) -> str:
        target, _, attribute = expression.partition(".")
        return self.attribute(target, attribute) if attribute else self.reference(expression)

    def reference(self, name: str) -> str:
        pseudo = {"AWS::AccountId": ACCOUNT, "AWS::Region": REGION, "AWS::Partition": "aws"}
        return pseudo.get(name) or self.parameters.get(name) or self.physical[name]

    def attribute(self, target: str, attribute: str) -> str:
        if attribute in ("QueueName", "TopicName"):
            return re.split(r"[:/]", self.physical[target])[-1]
        assert attribute == "Arn"
        kind = self.template["Resources"][target]["Type"]
        name = re.split(r"[:/]", self.physical[target])[-1]
        service = {"AWS::SQS::Queue": "sqs", "AWS::Lambda::Function": "lambda"}[kind]
        return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{'function:' if service == 'lambda' else ''}{name}"


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """The ideal, deployed for one environment."""
    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}
    environment = request.param
    text = template_text("IDEAL")
    with patch.dict(os.environ, credentials), moto.mock_aws(config={"lambda": {"use_docker": False}}):
        deployment = boto3.client("cloudformation")
        with pytest.warns(UserWarning, match="not supported by moto") as left_out:
            deployment.create_stack(
                StackName="payments",
                TemplateBody=text,
                Capabilities=["CAPABILITY_NAMED_IAM"],
                Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters(environment).items()],
            )
        assert {kind for w in left_out for kind in re.findall(r"AWS::\w+::\w+", str(w.message))} <= OWN_API
        made = deployment.describe_stack_resources(StackName="payments")["StackResources"]
        physical = {r["LogicalResourceId"]: r.get("PhysicalResourceId", "") for r in made if "LogicalResourceId" in r}
        template, problems = read_template(text)
        assert not problems
        deployed = Stack(environment, parameters(environment), physical, template)
        create_through_own_api(deployed)
        yield deployed


def read_template(text: str) -> tuple[dict[str, Any], list[Any]]:
    template, problems = cfnlint_decode.decode_str(text)
    return json.loads(json.dumps(template)), problems


def create_through_own_api(stack: Stack) -> None:
    """What moto's CloudFormation leaves out, with the properties that the template resolves to."""
    for resource in stack.of_type("AWS::CloudWatch::Alarm").values():
        boto3.client("cloudwatch").put_metric_alarm(**stack.resolve(resource["Properties"]))
    for resource in stack.of_type("AWS::DynamoDB::Table").values():
        properties = stack.resolve(resource["Properties"])
        boto3.client("dynamodb").update_continuous_backups(
            TableName=properties["TableName"],
            PointInTimeRecoverySpecification=properties["PointInTimeRecoverySpecification"],
        )


# ------------------------------------------------------------------- lint


@pytest.mark.parametrize(("side", "environment"), [*(("IDEAL", e) for e in ENVIRONMENTS), ("MODEL", "dev")])
def test_no_errors_or_warnings(side: str, environment: str) -> None:
    from cfnlint.config import ManualArgs

    given = parameters(environment)
    if side == "MODEL":
        del given["Environment"]
    found = cfnlint_api.lint(template_text(side), config=ManualArgs(regions=[REGION], parameters=[given]))
    assert [str(m) for m in found] == []


# ------------------------------------------------------------- deployment


def test_everything_is_created(stack: Stack) -> None:
    left_out = {name for name, r in stack.template["Resources"].items() if r["Type"] in OWN_API}
    assert set(stack.physical) | left_out == set(stack.template["Resources"])
    (described,) = boto3.client("cloudformation").describe_stacks(StackName="payments")["Stacks"]
    assert described["StackStatus"] == "CREATE_COMPLETE"
    exports = [o["ExportName"] for o in described["Outputs"]]
    assert len(exports) == len(stack.template["Outputs"])
    assert all(name.endswith(f"-{stack.environment}") for name in exports)


def test_dead_letters_are_kept_for_14_days(stack: Stack) -> None:
    queue = stack.physical["FailedPaymentQueue"]
    found = boto3.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["MessageRetentionPeriod"])
    assert found["Attributes"]["MessageRetentionPeriod"] == "1209600"


def test_reserved_concurrency(stack: Stack) -> None:
    found = boto3.client("lambda").get_function_concurrency(FunctionName=stack.name("payment-validator"))
    assert int(found["ReservedConcurrentExecutions"]) == (100 if stack.environment == "prod" else 10)


def test_the_rule_is_enabled_in_production_alone(stack: Stack) -> None:
    rule = boto3.client("events").describe_rule(Name=stack.name("payment-check"))
    assert rule["ScheduleExpression"] == "rate(1 hour)"
    assert rule["State"] == ("ENABLED" if stack.environment == "prod" else "DISABLED")
    (target,) = boto3.client("events").list_targets_by_rule(Rule=stack.name("payment-check"))["Targets"]
    assert target["Arn"].endswith(stack.name("payment-validator"))


def test_the_table_recovers_and_has_both_keys(stack: Stack) -> None:
    client = boto3.client("dynamodb")
    table = client.describe_table(TableName=stack.name("payment-validations"))["Table"]
    assert [(k["AttributeName"], k["KeyType"]) for k in table["KeySchema"]] == [
        ("transactionId", "HASH"),
        ("timestamp", "RANGE"),
    ]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    recovery = client.describe_continuous_backups(TableName=stack.name("payment-validations"))
    status = recovery["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
    assert status == "ENABLED"


def test_every_alarm_notifies_the_topic(stack: Stack) -> None:
    alarms = boto3.client("cloudwatch").describe_alarms()["MetricAlarms"]
    watched = {(a["Namespace"], a["MetricName"]) for a in alarms}
    assert watched == {
        ("AWS/Lambda", "Errors"),
        ("AWS/Lambda", "Throttles"),
        ("AWS/DynamoDB", "UserErrors"),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
    }
    assert all(a["AlarmActions"] == [stack.physical["AlertTopic"]] for a in alarms)


def test_the_dashboard_has_its_widgets(stack: Stack) -> None:
    body = boto3.client("cloudwatch").get_dashboard(DashboardName=stack.name("payment-validation"))["DashboardBody"]
    widgets = json.loads(body)["widgets"]
    namespaces = {w["properties"]["metrics"][0][0] for w in widgets if w["type"] == "metric"}
    assert namespaces == {"AWS/Lambda", "AWS/DynamoDB", "AWS/SNS", "AWS/SQS"}
    assert [w["type"] for w in widgets].count("log") == 1


def test_the_function_is_declared_as_asked(stack: Stack) -> None:
    properties = stack.resolve(stack.template["Resources"]["ValidatorFunction"]["Properties"] | {"Role": ""})
    assert properties["Architectures"] == ["arm64"]
    assert (properties["MemorySize"], properties["Timeout"]) == (3072, 300)
    assert properties["TracingConfig"] == {"Mode": "Active"}
    assert properties["DeadLetterConfig"]["TargetArn"].endswith(stack.name("failed-payments"))
    assert properties["Environment"]["Variables"]["TABLE_NAME"] == stack.physical["PaymentTable"]
    assert properties["Environment"]["Variables"]["TOPIC_ARN"] == stack.physical["AlertTopic"]


def test_one_policy_a_service_without_wildcards_but_one() -> None:
    template, _ = read_template(template_text("IDEAL"))
    policies = [r["Properties"] for r in template["Resources"].values() if r["Type"] == "AWS::IAM::Policy"]
    services = []
    for policy in policies:
        (statement,) = policy["PolicyDocument"]["Statement"]
        actions = statement["Action"]
        assert not any("*" in action for action in actions)
        (service,) = {action.split(":")[0] for action in actions}
        services.append(service)
        assert (statement["Resource"] == "*") == (service == "xray")
    assert sorted(services) == ["dynamodb", "logs", "sns", "sqs", "xray"]


def test_every_taggable_resource_has_all_tags() -> None:
    template, _ = read_template(template_text("IDEAL"))
    untaggable = {
        "AWS::IAM::Policy", "AWS::Lambda::Permission", "AWS::CloudWatch::Dashboard",
    }  # fmt: skip
    wanted = {"Name", "Environment", "Project", "Team", "CostCenter", "ManagedBy"}
    for name, resource in template["Resources"].items():
        if resource["Type"] not in untaggable:
            assert {t["Key"] for t in resource["Properties"].get("Tags", [])} == wanted, name


# --------------------------------------------------------------- function


@pytest.fixture
def validate(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The deployed function's handler; queue, table and topic are emptied afterwards."""
    client = boto3.client("lambda")
    location = client.get_function(FunctionName=stack.name("payment-validator"))
    for name, value in location["Configuration"]["Environment"]["Variables"].items():
        monkeypatch.setenv(name, str(value))
    namespace: dict[str, Any] = {"__name__": "index"}
    exec(compile(deployed_code(stack), "index.py", "exec"), namespace)
    yield lambda event: namespace["handler"](event, None)
    waiting(stack)
    table = boto3.resource("dynamodb").Table(stack.physical["PaymentTable"])
    for item in table.scan()["Items"]:
        table.delete_item(Key={"transactionId": item["transactionId"], "timestamp": item["timestamp"]})
    published(stack).clear()


def deployed_code(stack: Stack) -> str:
    """The source that moto's Lambda holds."""
    from moto.awslambda.utils import get_backend

    function = get_backend(ACCOUNT, REGION).get_function(stack.name("payment-validator"))
    with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as archive:
        return archive.read("index.py").decode()


def published(stack: Stack) -> list[Any]:
    """What was published to the topic, as moto keeps it."""
    from moto.sns.models import sns_backends

    topic = sns_backends[ACCOUNT][REGION].topics[stack.physical["AlertTopic"]]
    notifications: list[Any] = topic.sent_notifications
    return notifications


def waiting(stack: Stack) -> list[dict[str, Any]]:
    """The bodies of the messages in the queue, which is empty afterwards."""
    queue, client = stack.physical["FailedPaymentQueue"], boto3.client("sqs")
    found = client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    for message in found:
        client.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return [json.loads(message["Body"]) for message in found]


def stored(stack: Stack) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = boto3.resource("dynamodb").Table(stack.physical["PaymentTable"]).scan()["Items"]
    return items


def test_a_good_payment_is_stored(stack: Stack, validate: Any) -> None:
    assert validate({"transactionId": "t-1", "amount": "12.50"}) == {"status": "APPROVED"}
    (item,) = stored(stack)
    assert (item["transactionId"], str(item["amount"]), item["status"]) == ("t-1", "12.50", "APPROVED")
    assert waiting(stack) == []
    assert published(stack) == []


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        pytest.param({"transactionId": "t-2", "amount": 0}, "more than zero", id="zero amount"),
        pytest.param({"amount": 10}, "transactionId", id="missing id"),
        pytest.param({"transactionId": "t-3", "amount": 10**12}, "more than 1000000", id="huge amount"),
        pytest.param({"transactionId": "t-4", "amount": "NaN"}, "more than zero", id="not a number"),
    ],
)
def test_a_bad_payment_is_published_and_kept(stack: Stack, validate: Any, event: Any, reason: str) -> None:
    result = validate(event)
    assert result["status"] == "FAILED" and reason in result["error"]
    assert stored(stack) == []
    (message,) = waiting(stack)
    assert message["payment"] == event and reason in message["error"]
    (notification,) = published(stack)
    assert reason in str(notification)


def test_an_unreachable_table_is_an_error_too(stack: Stack, validate: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TABLE_NAME", "no-such-table")
    assert validate({"transactionId": "t-5", "amount": 1})["status"] == "FAILED"
    (message,) = waiting(stack)
    assert message["payment"]["transactionId"] == "t-5"
    assert len(published(stack)) == 1


def test_failures_are_logged_as_json(validate: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        validate({"transactionId": "t-6", "amount": -1})
    entries = [json.loads(r.getMessage()) for r in caplog.records if r.getMessage().startswith("{")]
    assert entries[-1]["message"] == "payment failed"
    assert entries[-1]["payment"]["transactionId"] == "t-6"


def test_the_scheduled_check_writes_nothing(stack: Stack, validate: Any) -> None:
    (target,) = boto3.client("events").list_targets_by_rule(Rule=stack.name("payment-check"))["Targets"]
    assert validate(json.loads(target["Input"])) == {"status": "CHECKED"}
    assert stored(stack) == [] and waiting(stack) == []

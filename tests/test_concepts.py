"""Every concept's example fires and its near miss doesn't; the knowledge files hold to their form."""

from __future__ import annotations

from typing import Any

import pytest

from gapkit.concepts import apply_rule, detect, find_mentions, load_knowledge, path_pattern, read_rule
from gapkit.dialects import read_artifact
from gapkit.knowledge import concept_files, load_yaml_text
from gapkit.models import CATEGORIES, SEVERITIES, Artifact, Requirement
from gapkit.parts import read_parts
from gapkit.resources import build_side, path_lines
from gapkit.words import phrase_words

LANGUAGES = {
    "cloudformation": "yaml",
    "terraform": "hcl",
    "typescript": "ts",
    "python": "py",
    "java": "java",
    "go": "go",
}
CONCEPTS: list[dict[str, Any]] = [c for text in concept_files() for c in load_yaml_text(text)["concepts"]]  # type: ignore[attr-defined]
EXAMPLES = [
    pytest.param(concept["id"], example, kind, id=f"{concept['id']}-{number}-{kind}")
    for concept in CONCEPTS
    for number, example in enumerate(concept.get("examples", []))
    for kind in ("fires", "near_miss")
    if kind in example
]


@pytest.mark.parametrize(("concept_id", "example", "kind"), EXAMPLES)
def test_example(concept_id: str, example: dict[str, str], kind: str) -> None:
    code = example[kind]
    language = LANGUAGES[example.get("dialect", "cloudformation")]
    artifact = Artifact("example", "", language, code, 1, code.count("\n") + 1)
    side = build_side(read_artifact(artifact).declarations, (artifact,))
    concept = load_knowledge().concepts[concept_id]
    found = detect(concept, side)
    met = found.share >= 0.999
    assert met is ((kind == "fires") is not concept.violation), found


@pytest.mark.parametrize("concept", CONCEPTS, ids=lambda c: c["id"])
def test_form(concept: dict[str, Any]) -> None:
    assert concept["category"] in CATEGORIES
    assert concept["severity"] in SEVERITIES
    assert concept["wordings"]
    assert concept.get("detect") or concept.get("across") or concept.get("form")
    if "service" not in concept:
        assert concept["harm"] and concept["fix"] and concept["because"]


def test_ids_are_unique() -> None:
    ids = [c["id"] for c in CONCEPTS]
    assert len(ids) == len(set(ids))


def _call_rules() -> Any:
    code = "group.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: 70 });\n"
    return build_side(read_artifact(Artifact("example", "", "ts", code, 1, 1)).declarations)


def test_calls_on_any_type_are_looked_at_when_a_service_is_named() -> None:
    """Whose method is called is unknown here, so naming the service must not hide the call."""
    concept = load_knowledge().concepts["scaling-policy"]
    assert detect(concept, _call_rules(), frozenset({"autoscaling"})).share == 1.0


@pytest.mark.parametrize(("service", "met"), [("s3", True), ("rds", False)])
def test_rules_for_any_type_are_asked_of_the_named_service(service: str, met: bool) -> None:
    """A bucket's own policy counts where the wording names buckets, and does not where it names databases."""
    code = "Resources: {B: {Type: AWS::S3::Bucket, DeletionPolicy: Delete}, D: {Type: AWS::RDS::DBInstance}}\n"
    side = build_side(read_artifact(Artifact("example", "", "yaml", code, 1, 1)).declarations)
    concept = load_knowledge().concepts["removal-policy-destroy"]
    assert (detect(concept, side, frozenset({service})).share == 1.0) is met


@pytest.mark.parametrize(("named", "met"), [("", True), (", role", False)])
def test_a_function_of_the_cdk_makes_its_own_role(named: str, met: bool) -> None:
    code = f"new lambda.Function(this, 'F', {{ runtime, handler: 'i.h', code{named} }});\n"
    side = build_side(read_artifact(Artifact("example", "", "ts", code, 1, 1)).declarations)
    assert (detect(load_knowledge().concepts["service-iam-role"], side).share == 1.0) is met


def test_a_call_rule_on_any_type_sees_calls_alone() -> None:
    """A rule that names a call is not met by a property of something else that fits its path."""
    rule = read_rule({"type": "*", "call": "scale_?on_?cpu*", "path": "targetutilizationpercent"})
    other = read_rule({"type": "*", "call": "add_?target", "path": "targetutilizationpercent"})
    assert apply_rule(rule, _call_rules()).share == 1.0
    assert apply_rule(other, _call_rules()).share == 0.0


@pytest.mark.parametrize(
    ("text", "concept_id", "named"),
    [
        ("Don't use any provisioned throughput", "dynamodb-provisioned-capacity", False),
        ("Must not have any custom error pages", "error-pages", False),
        ("Not only provisioned throughput, but streams", "dynamodb-provisioned-capacity", False),
        ("Use provisioned throughput", "dynamodb-provisioned-capacity", True),
        ("Instances ask for IMDSv2", "imdsv2", True),
        ("Protect against DDoS", "ddos-protection", True),
        ("an API Gateway endpoint", "service-vpc-endpoint", False),
        ("an API Gateway endpoint", "service-api-gateway", True),
        ("S3 encryption", "service-s3", True),
        ("An Application Load Balancer (ALB) for the shop", "traffic-distribution", False),
        ("Balance load over the servers, an ALB in front", "service-load-balancer", True),
        ("S3 access points for each team", "s3-permissions", False),
        ("S3 access for the function, and S3 access points", "s3-permissions", True),
        ("Encryption of queues is not required", "encryption-at-rest", False),
        ("KMS encryption of the images is required, not optional", "kms-encryption", True),
        ("Disable automatic rotation of the secret", "secret-rotation", False),
        ("Encryption disabled, automatic rotation of the secret on", "secret-rotation", True),
        ("VPC endpoints instead of a NAT gateway", "service-nat-gateway", False),
        ("Security groups rather than network ACLs", "service-network-acl", False),
        ("Access keys in Secrets Manager", "secrets-kept-in-store", False),
        ("Secrets management for the shop", "secrets-kept-in-store", True),
        ("Database connections must use IAM authentication", "rds-iam-authentication", True),
        ("Restrict SSH to the office", "no-public-ssh", True),
        ("Detectors should not be created: GuardDuty is not required", "service-guardduty", False),
        ("A GuardDuty detector that is required", "service-guardduty", True),
        ("Multi-region support is out of scope", "region-as-input", False),
        ("Fargate instead of EC2 instances", "service-ec2-instance", False),
        ("VPC endpoints for S3 and DynamoDB", "service-s3", False),
        ("VPC endpoints for S3 and DynamoDB", "service-vpc-endpoint", True),
        ("an interface endpoint for S3", "interface-endpoint", True),
        ("State in S3 with DynamoDB locking", "service-dynamodb", False),
        ("An audit trail of orders", "service-cloudtrail", False),
        ("Dependencies are mocked", "explicit-dependencies", False),
        ("Subnets use DependsOn", "explicit-dependencies", True),
        ("Canary deployments of functions", "service-canary", False),
        ("Fetch database credentials (do not create new ones)", "db-credentials-in-secret", True),
        ("GuardDuty does not need to be created", "service-guardduty", False),
        ("A bastion host that doesn't need a role", "service-bastion", True),
        ("GuardDuty: do not enable a GuardDuty detector", "service-guardduty", False),
        ("A regional endpoint, not edge-optimized", "api-regional-endpoint", True),
        ("Disable automatic rotation of secrets", "secret-rotation", False),
        ("Secrets Manager with automatic rotation", "automatic-rotation", False),
        ("Credentials with automatic rotation", "secret-rotation", True),
        ("I dont need a CloudWatch dashboard", "service-dashboard", False),
        ("The bucket already has versioning enabled", "s3-versioning", False),
        ("A web ACL, secrets and a KMS key are not required", "service-kms", False),
        ("AWS WAF, Secrets Manager and a KMS key are not required", "service-waf", False),
        ("AWS WAF protects the shop, a KMS key is not required", "service-waf", True),
        ("Buckets configured for compliance", "config-rules", False),
        ("The template passes cfn-nag", "ci-security-scan", False),
        ("Use Map state for parallel orders", "mappings", False),
        ("Use Mappings for the images of each region", "mappings", True),
        ("Use the API sparingly: minimize AWS API calls", "cloudtrail-logs-api-calls", False),
        ("CloudTrail logs all API calls", "cloudtrail-logs-api-calls", True),
        ("An HTTP API as a public-facing front door", "load-balancer-public", False),
        ("A public-facing load balancer", "load-balancer-public", True),
        ("HTTPS with the default CloudFront SSL certificate", "service-acm", False),
        ("A tenant called acme-corp", "service-acm", False),
        (
            "A NAT gateway, for internet access for instances in private subnets",
            "instances-in-private-subnets",
            False,
        ),
        ("EC2 instances in private subnets", "instances-in-private-subnets", True),
        ("Reads an existing bucket that has versioning enabled", "s3-versioning", False),
        ("Makes all anew, rather than pointing to any pre-existing VPCs", "existing-network", False),
        ("Access logging disabled on the bucket for logs", "access-logs", False),
        ("Access logging must not be disabled", "access-logs", True),
        ("try-catch blocks around each request", "state-machine-catch", False),
        ("The RDS endpoint, KMS key and bucket", "kms-endpoint", False),
        ("A VPC endpoint for KMS", "kms-endpoint", True),
        ("Subnets in two availability zones for high availability", "high-availability", False),
        ("A highly available database", "high-availability", True),
        ("Node.js 18+ requires version 3 of the SDK", "runtime-nodejs", False),
        ("Node.js 18 runtime", "runtime-nodejs", True),
        ("Read the previous version of the file", "s3-noncurrent-versions", False),
        ("Expire old versions of objects", "s3-noncurrent-versions", True),
        ("Session Manager for bastion-less access to the hosts", "service-bastion", False),
        ("A bastion for access to the hosts", "service-bastion", True),
        ("A function works on market data events", "cloudtrail-data-events", False),
        ("The trail records S3 data events", "cloudtrail-data-events", True),
        ("VPC endpoints end all internet-bound traffic", "internet-gateway-route", False),
        ("Each change needs a peer review", "service-vpc-peering", False),
        ("Outputs that fulfil the above requirements, providing links", "pinned-provider-versions", False),
        ("All outputs, excluding sensitive outputs", "no-echo-parameters", False),
        ("Alarms on AWS API throttling of the poller", "api-throttling", False),
        ("Metric filters use exact matching (no wildcards)", "least-privilege", False),
        ("A user data table with a stream", "user-data", False),
        ("eu-west-1 is the primary region", "multi-region-deployment", False),
        ("CloudTrail across all regions", "multi-region-deployment", False),
        ("Failover across regions", "multi-region-deployment", True),
        ("Enable api, audit and authenticator logs", "cloudtrail-logs-api-calls", False),
        ("API endpoints require IAM authentication", "rds-iam-authentication", False),
        ("Databases use IAM authentication", "rds-iam-authentication", True),
        ("NAT gateways must be in high-availability configuration", "high-availability", False),
        ("Destroyable, for automated testing and cleanup", "tests", False),
        ("Unit tests execute during the build", "tests", False),
        ("Unit tests execute during the build", "ci-unit-tests-run", True),
        ("The newest version for its features and security patches", "patch-management", False),
        ("Type hints for all function parameters", "parameters", False),
        ("Read from existing AWS Secrets Manager entries", "existing-secret", True),
        ("Security groups must follow the principle of least privilege", "least-privilege", False),
        ("Security groups must follow least privilege", "restricted-security-groups", True),
        ("Roles and security groups: roles follow least privilege", "least-privilege", True),
        ("A store for the credential lifecycle management", "s3-lifecycle", False),
        ("A function processes DLQ messages", "queue-depth-watched", False),
        ("Alarms on DLQ messages", "queue-depth-watched", True),
        ("Public subnets send outbound traffic to the internet gateway", "nat-egress", False),
        ("Functions use environment variables for configuration", "parameters", False),
        ("Versioning for the audit trail", "audit-trail", False),
        ("A pipeline with build, test and deployment stages", "api-stage", False),
        ("Container health checks configured with 3 retries", "retry-configuration", False),
        ("API endpoints require IAM authentication", "iam-authorization", True),
    ],
)
def test_what_a_wording_names(text: str, concept_id: str, named: bool) -> None:
    found = {m.concept.concept_id for m in find_mentions(phrase_words(text), load_knowledge())}
    assert (concept_id in found) is named


def test_rights_are_looked_for_whatever_is_named() -> None:
    """That a function may write logs stands in a policy, not in the function."""
    code = 'resource "aws_iam_role_policy" "p" {\n  policy = jsonencode({ Statement = [{ Action = "logs:PutLogEvents" }] })\n}'
    side = build_side(read_artifact(Artifact("example", "", "hcl", code, 1, 3)).declarations)
    assert detect(load_knowledge().concepts["logs-permissions"], side, frozenset({"lambda"})).share == 1.0


def test_names_with_underscores_keep_their_words() -> None:
    requirement = Requirement("R01", "prompt", None, None, "x", "Set **skip_final_snapshot** and _never_ tags", 1, 1)
    assert "final" in read_parts(requirement, {}, load_knowledge())[0].weights


@pytest.mark.parametrize(
    ("text", "concept_id", "named"),
    [
        (
            "Provisioned Throughput: Avoid provisioned throughput unless it is needed",
            "dynamodb-provisioned-capacity",
            False,
        ),
        ("Provisioned throughput: five units", "dynamodb-provisioned-capacity", True),
        ("Every `bucketName` and `queueName` holds the environment suffix", "service-sqs", False),
        ("Every queue holds the environment suffix", "service-sqs", True),
    ],
)
def test_what_a_part_asks_for(text: str, concept_id: str, named: bool) -> None:
    """A label before what is to be avoided, and properties that stand for names, ask for nothing."""
    requirement = Requirement("R01", "prompt", None, None, "x", text, 1, 1)
    found = {m.concept.concept_id for part in read_parts(requirement, {}, load_knowledge()) for m in part.mentions}
    assert (concept_id in found) is named


@pytest.mark.parametrize(
    ("wording", "named", "not_named"),
    [
        ("Install Karpenter to add nodes", "karpenter", "cluster-autoscaler"),
        ("Traffic of pods runs through the Istio service mesh", "service-mesh", "service-cloud-map"),
        ("Pod-to-pod communication must be encrypted by a service mesh", "service-mesh", "encryption-at-rest"),
        ("Read the network's outputs through a Pulumi stack reference", "stack-references", "cross-stack-exports"),
        ("Outputs for cross-stack references", "outputs", "stack-references"),
        ("Turn on the Amazon S3 Metadata service", "s3-metadata-tables", "s3-versioning"),
        ("All Config rules must use AWS managed rules", "service-config", "waf-managed-rules"),
        ("Topics are encrypted with AWS managed keys", "aws-managed-keys", "customer-managed-key"),
        ("Topics are encrypted with our key, not AWS managed keys", "sns-encryption", "aws-managed-keys"),
        ("A cluster with Fargate capacity providers", "ecs-capacity-providers", "service-lambda"),
    ],
)
def test_products_are_told_from_what_is_near_them(wording: str, named: str, not_named: str) -> None:
    found = {m.concept.concept_id for m in find_mentions(phrase_words(wording), load_knowledge())}
    assert named in found and not_named not in found


def test_a_build_specification_is_no_test() -> None:
    tests = load_knowledge().concepts["tests"]
    cases = {"lib/buildspec.yml": 0.0, "latest.json": 0.0, "tests/unit/test_stack.py": 1.0, "app.spec.ts": 1.0}
    for name, share in cases.items():
        artifact = Artifact("answer", name, "yaml", "a: 1\n", 1, 1)
        assert detect(tests, build_side((), (artifact,))).share == share, name


PATHS = ["", "vpc", "vpcconfig.subnetids", "a.vpc", "tags.name", "name", "x.tags.name", "timeouts", "odd\nkey.name"]
PATTERNS = ["name", "tags.name", "^vpc", "^vpc*", "timeout*", "*ids", "*", "name|^tags", "vpc*|a.*", "x.*.name", "b"]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_paths_are_found_in_their_text_as_one_by_one(pattern: str) -> None:
    wanted = path_pattern(pattern)
    matching = [path for path in PATHS if wanted.matches(path)]
    lines = path_lines(PATHS)
    assert wanted.matching(PATHS, lines) == matching
    places = wanted.places_among(lines)
    left = PATHS if places is None else [PATHS[place] for place in places]
    assert [path for path in left if wanted.matches(path)] == matching

"""Requirements found in prompts of every shape; the prompts here are written for the tests."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest
import yaml

from gapkit.documents import read_document
from gapkit.models import Requirement, Source
from gapkit.requirements import find_requirements, requirements_of_ideal

SHARED = Path(__file__).parents[1] / ".." / "shared"


def found_in(text: str) -> tuple[Requirement, ...]:
    return find_requirements(read_document(Source("lib/PROMPT.md", text)))[0]


def spans(text: str) -> list[tuple[int, int]]:
    return [(r.line_start, r.line_end) for r in found_in(text)]


NUMBERED = """# Orders service

We sell shoes and our current setup is slow.

## Core requirements

1. **Queue**
   - Orders wait in an SQS queue
   - Failed ones go to a dead-letter queue
2. **Table**
   - One DynamoDB table, billed on demand

## Constraints

- All data is encrypted with KMS
- Tag everything with Owner

## Success criteria

- Orders arrive
- Nothing is lost

## Deliverables

- The complete template
"""

HEADED = """# Shop

## Architecture

### Network
- A VPC with two subnets
- A NAT gateway

### Database
- PostgreSQL on RDS
- Backups for 7 days

### Alarms
- CPU above 80 percent
"""

NUMBERED_HEADINGS = """## Requirements

### 1. Bucket
- Versioned

### 2. Function

Runs every hour.

### 3. Topic
- Sends mail
"""

FLAT = """Please help with our shop. We need:

- A queue for orders
- A function that reads it
- An alarm on its errors

Thanks!
"""

BOLD_GROUPS = """### What we need

**Network:**
- A VPC
- Two subnets

**Storage:**
- A bucket
- A table

**Access:**
- Roles with least privilege
"""

LABELS = """Rules

Region

All resources must be in eu-west-1

Logging

Enable CloudWatch logs for the function
"""

PROSE = """I need a CloudFormation template for a small shop.

An Application Load Balancer receives the traffic in public subnets. The EC2 instances run in private subnets.

Store the credentials in Secrets Manager. They should rotate every month.

Please give me the complete template in one file.
"""

STORY_WITH_LIST = """## Background

A bank moves to the cloud and needs a queue for its orders, with an S3 bucket.

## Problem statement

Create a Terraform configuration. It must:

1. Create a queue
2. Create a table
3. Create an alarm

## Expected output

Code that works.
"""

UNINDENTED = """1. Encryption

Create a KMS key.

Rotate it.

2. Network

Create a VPC.

3. Backup

Keep copies for a week.
"""

WRAPPED = """```
Make a stack with the following:
- A queue
- A topic
- A bucket
```
"""

LINES = """Security rules:

Allow port 443 only
Encrypt the disks
Rotate the keys
"""

INLINE = """# Mail

Create a stack for mail. It must: 1. Create a queue 2. Deploy a function with 1.5 GB 3. Add a topic Expected output: code

## Constraints

- Keep logs for a week
"""

LEADS = """Goal: Build a shop on AWS.

Network and access: Create a VPC with two subnets. Put a NAT gateway in each of them.

Storage: Create a bucket for pictures. The bucket must be encrypted.
"""

DEMANDS = """## Constraints

All data must be encrypted with KMS; Functions must run in private subnets; Alarms should reach the team
"""

TAGS = """## Requirements

- A queue
- A topic

## Resource tagging

All resources must have these tags:
- Owner
- Team

## Expected outputs

- The queue URL
- The topic ARN
"""

FORM = """## Requirements

- Platform: CDK
- **Difficulty**: hard
- Region: eu-west-1
- A queue
"""

LED = """Requirements:

- A queue
- A topic

Expected output:

A program that includes:

- All modules
- A readme
"""

CODE = """I have this:

```typescript
import * as cdk from 'aws-cdk-lib';
// Add your stacks here
export class Shop extends cdk.Stack {
  constructor(scope: Construct) {
    super(scope);
  }
}
```

- Add a queue
- Add a topic
"""

FILES = """Rules:

- A queue
- A topic

Files to write:

1. main.tf - resources
2. variables.tf - inputs
3. outputs.tf - names
4. locals.tf - tags
"""

TOLD = """# Shop

Set up a VPC that spans two zones. The servers sit behind a load balancer.

For data, we need a Postgres database with a week of backups.

CloudWatch alarms should watch the error rate of the API.

All logs go to an encrypted S3 bucket.

## Output

Write these files:

- bin/shop.ts - the entry
- lib/shop.ts - the stack
- cdk.json - settings
"""

RESTARTED = """DELIVERABLES:
1) main.tf
2) variables.tf

Create a file that meets these demands:
1. A queue for orders
2. A topic for mails
"""

STATE = """## Current setup

- One server in the cellar
- Backups on tape

## Validation rules

- A rule that allows two regions
- A rule for names
"""

SERVICES = """## Requirements

- A queue for orders
- A topic for mails

## AWS services required

- Amazon SQS
- Amazon SNS (mail)
- Functions with roles of their own
"""

CAPITALS = """We need a shop.

The orders are kept in RDS. All queues are encrypted with KMS. We will be deploying it all to eu-west-1.
"""

DENSE = """A shop sells shoes and asks for a backend that never loses an order, whatever happens to the servers that it \
runs on or to the people who look after it in the long nights before a holiday. Use SNS topics for new orders, SQS queues for the warehouse, and a Lambda \
function for returns. Store the orders in DynamoDB, keep pictures in S3 and set up alarms on the queues (add one for \
each queue). Add gateway endpoints for both S3 and DynamoDB, so that traffic stays inside. Each environment should be \
tagged with its owner.
"""

SETTING = """## Environment

We run a shop. The stack must be deployed in the eu-west-1 region. Use the VPC that is there already.

## Requirements

- A queue for orders
- A topic for mails
- A bucket for pictures
"""

FORMS = """## Requirements

- A queue for orders
- A topic for mails
- Provide all the code in one single file named `shop.tf`

## Deliverables

1. `shop.tf` - everything in a single file
2. The complete template

Both parts must have comments that say why.
"""

DASHES = """Orders and mails-

- A queue for orders
- A topic for mails

Storage-

- A bucket for pictures
- A table for prices

Watching it -

- An alarm on errors
- A dashboard
"""

LONE = """Storage

Keep the pictures of the shoes in a bucket that only the shop can read from.

Logs and alarms

An alarm tells the team when the queue is longer than a hundred orders at once.

Additional context

The shop belongs to a small company with a long history and a bucket of money.
All data must be kept in the region for as long as the law wants it.
"""

TITLED = """1. Names:
All resources are named after the shop.

2. Architecture:
API: Set up an API Gateway for orders.

Compute:
Create a Lambda function for the orders.

3. Logs:
Keep the logs for a week.

4. Tags:
Tag everything with its owner.
"""

LONG_LEAD = """Access:
- A role for the shop
- Build three roles with least privilege, each of them with the permissions boundary of the shop:
  1. one reads orders from the table
  2. one writes pictures to the bucket
  3. one may do everything but needs MFA
- A boundary that denies everything else

Storage:
- A bucket
- A table
- A key

Alarms:
- A topic
- An alarm
- A dashboard
"""

ASKED = """The pipeline should take pictures from an S3 bucket and put them into a queue.

Rules:

1. A queue
2. Outputs: export the queue's name.
   Ensure `cdk synth` and `cdk deploy` work.
3. The stack must be deployable with one `cdk deploy`
4. cdk deploy both stacks

Can you write this stack for us, with a bucket for pictures?
"""

NUMBERED_LABELS = """We want a shop.

1. Building blocks:

Two functions:
• One takes orders.
• One sends them on.

One table:
• It holds orders,
sorted by day.
• It is billed on demand.

2. Safety and care:

Roles:
• One role per function.
• It may write logs.

Service variables:
• Each function knows its table.
• No secret is among them.
"""

SUBTOPICS = """## Deployment rules

### Naming
- Every name carries the suffix
- Pattern: `{name}-${suffix}`

### Removal
- All of it can be destroyed
- No retain policy

### Rules for services

#### Detectors
- Create none
- There may be one already

#### Functions
- No old SDK
- Small concurrency

#### Buckets
- Versioned
- Private
"""

PARTS_UNDER_ONE = """## Scope

### Design of the parts

* **Gateway**

  * One REST API
  * A stage per suffix

* **Reader**

  * ARM64
  * 512 MB

* **Table**

  * On demand
  * Recovery to a point in time

### Alarms
- CPU
- Memory

### Roles
- One per function
- No wildcards
"""

SAID_AT_LENGTH = """## What we build

### Intake
- The way in is an API Gateway with a domain of its own. It stands at the border of the system and is guarded by a WAF.
- Each request is checked by a Lambda authorizer that knows the keys of our partners. What has no key is turned away.
- The API only drops the order into a queue. This keeps the intake apart from what follows and takes up all the peaks.

### Storage
- A table
- A bucket

### Notices
- A topic
- A queue
"""

SURROUNDINGS = """## Rules

- A queue takes the orders
- A topic tells of them
- **Rationale**: orders must not be lost
- **Settings check**: If using AWS Config, name the right policy
- Encrypt all of it

## Environment setup

Provision these:
- A VPC over three zones
- Terraform 1.5 or later
- EKS runs in the existing cluster

Several accounts in eu-west-1 are in use. Core services include S3 and SQS. VPC endpoints keep the traffic inside.

**Core services**:
- SQS
- The SNS topic

**Environment:**
- AWS eu-west-1, SQS, SNS, Lambda
"""

LEFT_OUT = """We need a small shop. All of it should run in eu-west-1.

## Problem statement

The shop grows fast.

Expected output: A program for three stacks. Each stack must export the endpoint of its API and the name of its table.

## Rules

- A queue in eu-central-1
- A topic
- A table

**Outputs must include:**

- **Console:** print what was found
- **findings.json:** all the queues
- **findings.html:** a chart

## Success criteria

- **Safety**: nothing is lost
- **Testing**: unit tests for every part
- Test the shop with unit tests
"""

FLOW = """### How an order flows

### The order flow

1. A customer picks shoes.
2. Our system writes the order down and hands it on.
3. The clerk hears of it.

### Rules

- Names carry the suffix
- Pattern: `{name}-${suffix}`
- A queue
"""

BOTH = """The Lambda function writes orders into a DynamoDB table. Both the table and the S3 bucket are encrypted.

The API Gateway calls it. Both of them are traced.
"""

LAYOUT = """Title: The shop

The project has the following structure:

bin/shop.ts - the entry

lib/shop-stack.ts - the stack

## The challenge

We sell shoes.

### Basics
- A VPC that keeps things apart
- A bucket

### Safety
- Roles that give little
- Keys for all that is stored

### Further requirements
- Use CloudFormation parameters for the region
- Names with a prefix

Please give us the code in separate files.
"""

DEMANDED = """### Constraints

Databases stay in private subnets. Backups must be kept for 30 days.

### The technical stack we want

**Flow:**
- Rules that route messages to a stream
- A function that reads it

**Safety:**
- Roles with least privilege
- A key

### Success

We are done when it works.

### Instructions

- **Shop:**
  - The stack must:
    1. Keep the orders in an encrypted table that has backups of every day.
    2. Hand each order on to a queue, from where a function takes it up.
    3. Tell the clerks of each order with a topic that mails to all of them.
    4. Watch the function with an alarm that goes off at the first error.
    5. Run in two zones, so that the shop stays open when one of them fails.

Create a CDK stack that:

Tags all of it.

Names all of it.

Watches all of it.
"""

OVERVIEW = """## Task overview

1. Create a queue for the orders
2. Deploy a function that reads it
3. Add an alarm on its errors

## Rules

### Platform requirements
- Use Pulumi
- All code must be written in Go
- Ensure all resources use the suffix in their names

### Detectors
- Create none of them

### Config
- **Note**: If using AWS Config, name the right policy
  - Right: the one of the service role

### Functions
- No old SDK

### Buckets
- Versioned
"""

LAID_OUT = """Follow the file structure:

bin/shop.ts: the entry

cdk.json: its settings

## Rules

- A queue
- A topic
"""

STAGES = """## Requirements

**Source:**
- A repository
- A branch for each stage

**Build:**
- An image
- A scan

**Deploy:**
- Change sets
- An approval

## Where it goes

└── src
└── main
└── shop.go
"""

RESTATED = """## Rules

1. A VPC with private subnets over three zones for the tasks
2. A load balancer spreads the traffic over the tasks
3. Names must hold the `stage` variable

## Environment

A shop in the cloud. VPC with private subnets over three zones for tasks. VPC with private subnets over 4 zones. \
Current setup uses S3 for traffic between tasks. RDS keeps what the shop has sold.

## Platform requirements

- Ensure all names hold the `stage` variable
- Ensure all resources carry an owner tag
"""

ADVICE = """## Rules

1. A till that runs on Lambda
2. A table for the orders
3. Mails by SNS

## Deployment rules

### Names

- All names hold the `stage` variable
- Queue: `queue-${stage}`

### Ends

- All can be destroyed
- Nothing is retained

### Hardcoded values

- No names of stages
- No regions

### Service-specific rules

#### Lambda functions
- Prefer small ones
- Prefer arm64

#### Queues
- Prefer standard queues
- If FIFO is required, name the group

#### GuardDuty
- Do NOT create detectors
- There is one per account
"""

KEYS = """Settings

Read all that differs from the program's settings:

stage: the suffix of all names

till.count: how many tills there are

till.opens (optional): when the first one opens

mail.sender: who the mails are from

Guidance

The shop must be built from helpers such as

_open_till()

Each helper must be called once from the main function, in the order of the list.
"""

GIVEN = """## Use case

A shop that never sleeps.

**Requirements:**
- Orders must be answered within a second
- No order is lost

## Instructions

- Your task is to write a Terraform template for the shop
- Use Pulumi infrastructure as code to manage the shop
- A queue for orders

## Assumptions

- The mail server is there already
- All queues must be encrypted
- If a table is needed, its name is known

The expected output is a working template.

lib/
├── shop.ts
└── till.ts
"""

LED_IN = """Next up is the storage. Everything must be encrypted wherever it is kept. Buckets keep the pictures of all the shoes. For the best of our many customers, we need alarms on the queues. \
Also, let's make sure the tables are backed up. In the end, everybody goes home happy and sleeps well.
"""

FOREIGN = "We want:\n\n\t•\tA queue\n\t•\tA topic\n"


@pytest.mark.parametrize(
    ("name", "prompt", "expected"),
    [
        ("numbered items hold their bullets; framing is left out", NUMBERED, [(7, 9), (10, 11), (15, 15), (16, 16)]),
        ("headed groups", HEADED, [(5, 7), (9, 11), (13, 14)]),
        ("numbered headings", NUMBERED_HEADINGS, [(3, 4), (6, 8), (10, 11)]),
        ("flat bullets", FLAT, [(3, 3), (4, 4), (5, 5)]),
        ("bold groups", BOLD_GROUPS, [(3, 5), (7, 9), (11, 12)]),
        ("plain labels", LABELS, [(5, 5), (9, 9)]),
        ("prose, a requirement per subject", PROSE, [(3, 3), (3, 3), (5, 5)]),
        ("a story is left out, its list is not", STORY_WITH_LIST, [(9, 9), (10, 10), (11, 11)]),
        ("numbers over text without indent", UNINDENTED, [(1, 5), (7, 9), (11, 13)]),
        ("a prompt in a fence", WRAPPED, [(3, 3), (4, 4), (5, 5)]),
        ("lines without marks", LINES, [(3, 3), (4, 4), (5, 5)]),
        ("what a first sentence asks for, wishes before a list, no question", ASKED, [(1, 1), (5, 5), (6, 7), (8, 8)]),
        ("foreign bullets", FOREIGN, [(3, 3), (4, 4)]),
        ("sentences end after capitals; a region is one", CAPITALS, [(3, 3), (3, 3), (3, 3)]),
        ("orders within the sentences of a prompt of one paragraph", DENSE, [(1, 1)] * 9),
        ("orders of a section on the environment", SETTING, [(3, 3), (3, 3), (7, 7), (8, 8), (9, 9)]),
        (
            "of an environment and a platform, what no requirement says",
            RESTATED,
            [(3, 3), (4, 4), (5, 5), (9, 9), (9, 9), (14, 14)],
        ),
        (
            "requirements within a story; what is given, the whole and a tree are none",
            GIVEN,
            [(6, 6), (7, 7), (13, 13), (18, 18)],
        ),
        (
            "advice on services that requirements name, or that are forbidden",
            ADVICE,
            [(3, 3), (4, 4), (5, 5), (9, 12), (14, 17), (19, 22), (26, 28), (34, 36)],
        ),
        ("keys of a configuration are one thing; a call is none", KEYS, [(1, 11), (15, 15), (19, 19)]),
        ("what a sentence is about stands after the words that lead to it", LED_IN, [(1, 1)] * 4),
        ("one named file and comments are demands", FORMS, [(3, 3), (4, 4), (5, 5), (12, 12)]),
        ("labels that end with a dash", DASHES, [(1, 4), (6, 9), (11, 14)]),
        ("short titles on their own; context asks where it demands", LONE, [(3, 3), (7, 7), (12, 12)]),
        ("numbers that all head something hold what follows", TITLED, [(1, 2), (4, 8), (10, 11), (13, 14)]),
        (
            "a long item of a list that is read by item",
            LONG_LEAD,
            [(2, 2), (3, 6), (7, 7), (10, 10), (11, 11), (12, 12), (15, 15), (16, 16), (17, 17)],
        ),
        ("a numbered list in a paragraph", INLINE, [(3, 3), (3, 3), (3, 3), (7, 7)]),
        ("a lead and its sentences are one; a goal is none", LEADS, [(3, 3), (5, 5)]),
        ("demands between semicolons", DEMANDS, [(3, 3), (3, 3), (3, 3)]),
        ("tags are one thing, outputs too", TAGS, [(3, 3), (4, 4), (6, 10), (12, 15)]),
        ("fields of a form", FORM, [(5, 5), (6, 6)]),
        ("what a framing label leads on to", LED, [(3, 3), (4, 4)]),
        ("code in a fence", CODE, [(13, 13), (14, 14)]),
        ("a long list of files is one", FILES, [(3, 3), (4, 4), (8, 11)]),
        ("prose with a list of files", TOLD, [(3, 3), (5, 5), (7, 7), (9, 9)]),
        ("a numbered list after that of a label", RESTARTED, [(6, 6), (7, 7)]),
        ("what there is already; headings that begin like framing", STATE, [(8, 8), (9, 9)]),
        ("names of services", SERVICES, [(3, 3), (4, 4)]),
        ("numbers over labels with bullets", NUMBERED_LABELS, [(5, 7), (9, 12), (16, 18), (20, 22)]),
        ("topics beside topics one level further in", SUBTOPICS, [(3, 5), (7, 9), (13, 15), (17, 19), (21, 23)]),
        (
            "parts with lists of their own under one heading",
            PARTS_UNDER_ONE,
            [(5, 8), (10, 13), (15, 18), (20, 22), (24, 26)],
        ),
        (
            "what there is around; conditions and reasons",
            SURROUNDINGS,
            [(3, 3), (4, 5), (7, 7), (12, 12), (13, 13), (16, 16)],
        ),
        (
            "demands of what is left out; files that outputs consist of",
            LEFT_OUT,
            [(1, 1), (7, 7), (11, 11), (12, 12), (13, 13), (17, 17), (18, 18), (19, 19), (24, 24)],
        ),
        ("steps of a story; an item that goes on", FLOW, [(11, 12), (13, 13)]),
        ("both that names new parts", BOTH, [(1, 1), (1, 1), (3, 3)]),
        (
            "files there are; lists under a story; separate files",
            LAYOUT,
            [(14, 14), (15, 15), (18, 18), (19, 19), (22, 22), (23, 23), (25, 25)],
        ),
        (
            "prose of constraints; what is wanted; a list inside a list; a label that leads on",
            DEMANDED,
            [
                (3, 3),
                (3, 3),
                (8, 8),
                (9, 9),
                (12, 12),
                (13, 13),
                *((i, i) for i in range(23, 28)),
                (31, 31),
                (33, 33),
                (35, 35),
            ],
        ),
        (
            "orders under an overview; what platform rules see to; topics with a condition",
            OVERVIEW,
            [(3, 3), (4, 4), (5, 5), (12, 12), (14, 15), (21, 22), (24, 25)],
        ),
        ("files under a label", LAID_OUT, [(9, 9), (10, 10)]),
        ("stages; a drawn tree", STAGES, [(3, 5), (7, 9), (11, 13)]),
        ("items that say much", SAID_AT_LENGTH, [(4, 4), (5, 5), (6, 6), (8, 10), (12, 14)]),
    ],
)
def test_spans(name: str, prompt: str, expected: list[tuple[int, int]]) -> None:
    assert spans(prompt) == expected


def test_fields_of_a_requirement() -> None:
    queue, _, encrypted, _ = found_in(NUMBERED)
    assert (queue.requirement_id, queue.source, queue.number, queue.group) == (
        "R01",
        "prompt",
        "1",
        "Core requirements",
    )
    assert queue.title == "Queue"
    assert "dead-letter queue" in queue.text
    assert (encrypted.requirement_id, encrypted.number, encrypted.group) == ("R03", None, "Constraints")


def test_number_of_a_heading() -> None:
    assert [(r.number, r.title) for r in found_in(NUMBERED_HEADINGS)] == [
        ("1", "Bucket"),
        ("2", "Function"),
        ("3", "Topic"),
    ]


def test_long_title_is_cut_at_a_word() -> None:
    (first, _) = found_in("Rules:\n\n- Create " + "a queue and " * 20 + "\n- Create a table\n")
    assert len(first.title) <= 90
    assert first.title.endswith("…")
    assert "  " not in first.title


@pytest.mark.parametrize(
    "line",
    [
        "All infrastructure defined using **CloudFormation with JSON**",
        "Use AWS CDK with Python for infrastructure as code",
        "Follow AWS best practices",
        "Complete Terraform implementation",
        "One code block per file",
        "All code in Pulumi with TypeScript",
        "Example: bucket-pictures-dev",
        "Platform: CDK",
        "AWS CLI v2 must be configured with the rights to deploy",
    ],
)
def test_boilerplate_is_no_requirement(line: str) -> None:
    texts = [r.text for r in found_in(f"## Requirements\n\n- A queue\n- {line}\n- A topic\n")]
    assert texts == ["- A queue", "- A topic"]


@pytest.mark.parametrize(
    "heading",
    [
        "Success Criteria",
        "What to deliver",
        "Background",
        "Expected Output",
        "File structure",
        "Examples",
        "Context",
        "Testing approach",
        "After deployment",
        "Non-goals",
        "Acceptance checks (all must pass)",
    ],
)
def test_framing_sections_ask_for_nothing(heading: str) -> None:
    prompt = f"# Shop\n\n## Requirements\n\n- A queue\n- A topic\n\n## {heading}\n\n- A queue must run\n- A bucket\n"
    assert spans(prompt) == [(5, 5), (6, 6)]


def test_framing_sections_are_read_when_there_is_nothing_else() -> None:
    assert spans("## Deliverables\n\n- A queue for orders\n- A topic for mails\n") == [(3, 3), (4, 4)]


def test_few_big_groups_are_read_by_item() -> None:
    prompt = "## 1. Network\n" + "- A subnet\n" * 5 + "## 2. Storage\n" + "- A bucket\n" * 5
    assert len(found_in(prompt)) == 10


def test_very_long_lists_are_read_by_heading() -> None:
    prompt = "".join(f"## Part {i} queue\n\n### Names\n" + "- A queue\n- A topic\n" * 10 for i in range(10))
    assert len(found_in(prompt)) == 10


def test_few_very_long_lists_are_read_by_item() -> None:
    items = "".join(f"- Table {index} is encrypted\n" for index in range(35))
    assert len(spans(f"# Shop\n\n## Tables\n\n{items}\n## Further tables\n\n{items}")) == 70


def test_same_number_twice_is_kept_and_told() -> None:
    document = read_document(Source("lib/PROMPT.md", "## Rules\n\n1. A queue\n2. A topic\n2. A bucket\n"))
    requirements, problems = find_requirements(document)
    assert [r.number for r in requirements] == ["1", "2", "2"]
    assert [(p.stage, p.code, p.document, p.line) for p in problems] == [
        ("requirements", "duplicate_number", "lib/PROMPT.md", 5)
    ]
    assert "line 4" in problems[0].message


def test_numbering_that_restarts_under_another_heading_is_no_problem() -> None:
    text = "## Rules\n\n1. A queue\n2. A topic\n\n## Constraints\n\n1. A bucket\n2. A table\n"
    assert find_requirements(read_document(Source("lib/PROMPT.md", text)))[1] == ()


@pytest.mark.parametrize("text", ["", "\n\n", "Hello.\n", "---\n", "\0"])
def test_nothing_to_find_is_a_problem(text: str) -> None:
    requirements, problems = find_requirements(read_document(Source("lib/PROMPT.md", text)))
    assert requirements == ()
    assert [p.code for p in problems] == ["no_requirements"]


def test_ideal_in_place_of_an_empty_prompt() -> None:
    ideal = read_document(
        Source("lib/IDEAL_RESPONSE.md", "# Answer\n\n## What it does\n\n- Creates a queue\n- Sends mail\n")
    )
    requirements = requirements_of_ideal(ideal)
    assert [(r.requirement_id, r.source, r.line_start) for r in requirements] == [
        ("R01", "ideal", 5),
        ("R02", "ideal", 6),
    ]


HOSTILE = {
    "one long line": "need vpc " * 60_000,
    "one long sentence each": "The vpc must use s3. " * 25_000,
    "50,000 items": "- a queue\n" * 50_000,
    "50,000 numbers": "".join(f"{i}. a queue\n" for i in range(50_000)),
    "nested lists": "".join("  " * min(depth, 500) + "- a\n" for depth in range(3_000)),
    "headings": "# a\n" * 50_000,
    "labels": "A label:\nText here about the vpc must be so\n" * 25_000,
    "bold lines": "**a:**\n" * 50_000,
    "numbered labels": "".join(f"{i}. Title\n\nNote:\n\ntext\n\n" for i in range(10_000)),
    "control characters": "\x00\x0b\x0c\x1c\u2028" * 50_000,
    "create a": "create a " * 60_000,
    "inline numbers": " ".join(f"{i}. a queue" for i in range(1, 50_000)),
    "inline headings": "1. a 2. b 3. " + "AAA AAB " * 60_000,
    "a lead without end": "A" * 400_000 + " b c: d",
    "demands": "a queue must; " * 40_000,
    "clauses": "use s3 for the vpc, and create sns topics for a queue (and add s3, " * 20_000,
    "files": "a single file named " * 40_000 + "a.tf",
    "comments": "must include it " * 40_000 + "comments",
    "lone titles": "Title of it\n\nA sentence about the bucket that is longer than a heading ever is.\n\n" * 10_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_prompt_is_read_in_time(name: str) -> None:
    started = time.process_time()
    requirements = found_in(HOSTILE[name])
    assert time.process_time() - started < 10  # what takes more than linear time takes minutes; a busy machine, seconds
    assert len(requirements) <= 400


def test_wordings_are_patterns_in_lower_case() -> None:
    path = Path(__file__).parents[1] / "gapkit" / "knowledge" / "requirements.yaml"
    for key, wordings in yaml.safe_load(path.read_text("utf-8")).items():
        assert all(isinstance(wording, str) for wording in wordings), key
        assert len(wordings) == len(set(wordings)), f"{key} lists a wording twice"


# ------------------------------------------------------- against real prompts


def matches(gold: list[list[int]], found: list[tuple[int, int]]) -> int:
    """One to one, best overlap first; half of the shorter span must be shared."""
    pairs = []
    for i, a in enumerate(gold):
        for j, b in enumerate(found):
            shared = min(a[1], b[1]) - max(a[0], b[0]) + 1
            shorter = min(a[1] - a[0], b[1] - b[0]) + 1
            if shared / shorter >= 0.5:
                pairs.append((-shared / (a[1] - a[0] + b[1] - b[0] + 2 - shared), i, j))
    left, right = set(), set()
    for _, i, j in sorted(pairs):
        if i not in left and j not in right:
            left.add(i)
            right.add(j)
    return len(left)


OUTCOMES = """# Photo service

## Requirements

- Photos land in an S3 bucket
- A queue feeds the resizer
- The resizer is a Lambda function

## Expected output

A pipeline that:
- Releases to test on every push to the test branch
- Asks a person before it touches production
- Passes all lint checks
- Tells the chat room how each stage went
"""


def test_a_list_of_what_is_to_be_there_under_expected_output_counts_but_what_goes_back_does_not() -> None:
    assert spans(OUTCOMES)[3:] == [(12, 12), (13, 13), (15, 15)]
    files = (
        OUTCOMES[: OUTCOMES.index("- Releases")] + "- The stack file\n- A readme\n- Unit tests\n- Alarms on errors\n"
    )
    assert len(spans(files)) == 3
    alone = OUTCOMES[: OUTCOMES.index("- Asks")] + "- Meets all requirements above\n"
    assert len(spans(alone)) == 3


def test_services_named_with_what_they_are_for_ask_for_nothing_but_a_sentence_among_them_keeps_them() -> None:
    listed = "\n## AWS services used\n\n- Amazon SQS for buffering work\n- AWS KMS for keys\n- Amazon SNS for alerts\n"
    before = OUTCOMES[: OUTCOMES.index("\n## Expected")]
    assert len(spans(before + listed)) == 3
    assert len(spans(before + listed + "\nDeploy the queue and the topic to eu-west-1.\n")) > 3


def test_a_report_that_is_a_file_is_asked_for_but_the_answers_file_is_not() -> None:
    listed = "# Audit\n\n## Requirements\n\n1. Scan all buckets\n2. {}\n3. Alarm on findings\n"
    assert len(spans(listed.format("Generate a findings report as a JSON file in a bucket"))) == 3
    assert len(spans(listed.format("Generate one JSON file and nothing more"))) == 2


def test_decisions_that_are_clarified_and_files_that_are_not_required_ask_for_nothing() -> None:
    listed = "# Shop\n\n## Requirements\n\n- One queue\n- One topic\n\n"
    clarified = "## Design decisions & clarifications\n\n### Region\n- One region is enough\n- No copies elsewhere\n\n"
    assert spans(f"{listed}{clarified}## Files not required\n\n### README.md\n- The code says it all\n") == [
        (5, 5),
        (6, 6),
    ]


def test_headings_that_say_only_that_things_are_to_be_built_or_remembered_head_requirements() -> None:
    built = (
        "**What needs to be built:**\n\nA queue for orders, encrypted with a key.\n\nA topic for alerts on errors.\n\n"
    )
    kept = "**Important things to remember:**\n\n- Buckets are versioned\n- Roles are narrow\n\n"
    topics = "".join(
        f"**{topic}:**\n\n- One for orders\n- One for returns\n\n" for topic in ("Tables", "Keys", "Alarms")
    )
    assert spans(kept + built + topics)[:4] == [(3, 3), (4, 4), (8, 8), (10, 10)]


def test_what_is_to_be_ensured_of_the_whole_code_is_a_demand() -> None:
    listed = "1. One queue\n2. One topic\n3. One table\n\n"
    assert spans(listed + "Ensure the entire Terraform code has comments and uses no modules.\n")[3:] == [(5, 5)]
    assert len(spans(listed + "Return the entire Terraform code with comments and no modules.\n")) == 3


def test_code_without_a_fence_asks_for_nothing() -> None:
    listed = "1. One queue\n2. One topic\n3. One table\n\nMy provider is:\n\n"
    assert spans(listed + 'provider "aws" {\n  region = var.aws_region\n}\n') == [(1, 1), (2, 2), (3, 3)]


def test_rules_of_a_service_are_a_topic() -> None:
    topics = (
        "### {}\n- Tags are checked\n- Nothing is public\n\n### Backups\n- Daily\n\n### Parameters\n- One per stage\n"
    )
    assert spans("## Optional\n\n" + topics.format("AWS Config rules")) == [(3, 5), (7, 8), (10, 11)]
    assert spans("## Optional\n\n" + topics.format("Strict rules"))[:2] == [(4, 4), (5, 5)]


def test_outputs_named_only_among_the_deliverables_are_a_requirement() -> None:
    prompt = "# Shop\n\n## Requirements\n\n- One queue\n- {}\n\n## What to deliver\n\n- The whole program\n- {}\n"
    told = prompt.format("One topic", "Stack outputs: the queue's URL")
    assert spans(told) == [(5, 5), (6, 6), (11, 11)]
    assert spans(prompt.format("Export the topic's ARN", "Stack outputs: the queue's URL")) == [(5, 5), (6, 6)]
    for other in ("Outputs file", "outputs.tf", "Output only code"):
        assert spans(prompt.format("One topic", other)) == [(5, 5), (6, 6)]


def test_a_demand_with_a_subject_of_its_own_is_one_but_where_and_for_what_is_none() -> None:
    prompt = (
        "Build a shop on AWS for orders of all kinds, with Lambda functions behind an API Gateway. Roles should follow least "
        "privilege, and all secrets must stand in Secrets Manager. For the order table, enable point-in-time recovery. "
        "To hold the load and save cost, use an SQS queue with a dead-letter queue, so all messages must stay in the region.\n\n"
        "The API is public. This endpoint must support GET and POST methods, which must be validated at the gateway. "
        "Deploy it with stages for build, test, and release in a pipeline that notifies an SNS topic.\n\n"
        "That is all.\n"
    )
    assert [(r.line_start, r.text[:22]) for r in found_in(prompt)] == [
        (1, "Build a shop on AWS fo"),
        (1, "Roles should follow le"),
        (1, "all secrets must stand"),
        (1, "For the order table, e"),
        (1, "To hold the load and s"),
        (3, "This endpoint must sup"),
        (3, "Deploy it with stages "),
    ]


def test_the_fields_of_a_parameter_are_one_requirement() -> None:
    fields = "Default: 'blue'\n    Description: 'Name of the stage'\n    AllowedPattern: lower case only\n"
    prompt = f"# Shop\n\n## Requirements\n\n- One queue\n- One topic\n\nStage:\n    Type: String\n    {fields}"
    assert spans(prompt)[:2] == [(5, 5), (6, 6)]
    assert len(spans(prompt)) == 3
    assert len(spans("## Requirements\n\n- Default: deny all traffic\n\n- Queue: one\n\n- Topic: one\n")) == 3


@pytest.mark.skipif(not (SHARED / "labels").is_dir(), reason="the labels are not at ../shared/labels")
def test_recall_and_precision_on_labels() -> None:
    labelled = predicted = matched = 0
    for path in sorted((SHARED / "labels").glob("*.json")):
        label = json.loads(path.read_text("utf-8"))
        prompt = SHARED / "corpus" / label["sample"].removeprefix("archive/") / "lib" / "PROMPT.md"
        gold = [requirement["lines"] for requirement in label["requirements"]]
        found = spans(prompt.read_text("utf-8", "replace"))
        labelled, predicted, matched = labelled + len(gold), predicted + len(found), matched + matches(gold, found)
    assert matched / labelled >= 0.93
    assert matched / predicted >= 0.93


@pytest.mark.skipif(not (SHARED / "corpus").is_dir(), reason="the corpus is not at ../shared/corpus")
def test_most_prompts_give_requirements() -> None:
    paths = random.Random(2).sample(sorted((SHARED / "corpus").glob("*/*/lib/PROMPT.md")), 250)
    enough = sum(len(found_in(path.read_text("utf-8", "replace"))) >= 2 for path in paths)
    assert enough / len(paths) >= 0.97

mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name        = "document-gateway-test"
  kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
}

run "spreads_over_zones_and_overlaps_nowhere" {
  command = plan

  variables {
    zones = 3
  }

  assert {
    condition     = aws_subnet.private[*].availability_zone == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    error_message = "There must be one private subnet in each zone."
  }

  assert {
    condition     = length(distinct(concat(aws_subnet.public[*].cidr_block, aws_subnet.private[*].cidr_block))) == 6
    error_message = "Subnets must not share addresses."
  }

  assert {
    condition     = !anytrue(concat(aws_subnet.public[*].map_public_ip_on_launch, aws_subnet.private[*].map_public_ip_on_launch))
    error_message = "No subnet may assign public addresses automatically."
  }
}

run "has_one_nat_gateway_unless_told_otherwise" {
  command = plan

  assert {
    condition     = length(aws_nat_gateway.this) == 1 && length(aws_route.nat) == 2
    error_message = "All zones must use one NAT gateway."
  }

  assert {
    condition     = output.https_egress.cidr == "0.0.0.0/0" && length(aws_vpc_endpoint.interface) == 0
    error_message = "AWS services must be reachable at their public addresses."
  }
}

run "has_a_nat_gateway_in_each_zone" {
  command = plan

  variables {
    egress = "nat-per-zone"
    zones  = 3
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 3 && length(aws_route.nat) == 3
    error_message = "Each zone must have its own NAT gateway."
  }
}

run "reaches_nothing_outside_with_endpoints" {
  command = plan

  variables {
    egress = "endpoints"
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 0 && length(aws_route.nat) == 0 && length(aws_eip.nat) == 0
    error_message = "There must be no NAT gateway and no route to one."
  }

  assert {
    condition     = toset(keys(aws_vpc_endpoint.interface)) == toset(["ecr.api", "ecr.dkr", "logs", "secretsmanager"])
    error_message = "Tasks need these endpoints to start."
  }

  assert {
    condition     = output.https_egress.cidr == "10.0.0.0/16"
    error_message = "Tasks must reach only the endpoints."
  }
}

run "logs_who_spoke_with_whom" {
  command = apply

  assert {
    condition     = aws_flow_log.this.traffic_type == "ALL" && aws_cloudwatch_log_group.flow.kms_key_id != null
    error_message = "All traffic must be logged, encrypted."
  }

  assert {
    condition     = length(output.private_subnet_ids) == 2
    error_message = "The output must have the private subnets."
  }
}

run "refuses_four_zones" {
  command = plan

  variables {
    zones = 4
  }

  expect_failures = [var.zones]
}

run "refuses_a_range_that_cannot_be_cut" {
  command = plan

  variables {
    cidr = "10.0.0.0/28"
  }

  expect_failures = [var.cidr]
}

mock_provider "aws" {
  source = "../../mocks"
}

variables {
  repositories = ["document-gateway", "document-gateway-upstream"]
  kms_key_arn  = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
}

run "keeps_images_as_they_were_pushed" {
  command = plan

  assert {
    condition = alltrue([
      for repository in aws_ecr_repository.this : repository.image_tag_mutability == "IMMUTABLE"
      && repository.image_scanning_configuration[0].scan_on_push
      && repository.encryption_configuration[0].encryption_type == "KMS"
      && !repository.force_delete
    ])
    error_message = "Tags must not move; images must be scanned, encrypted and kept."
  }

  assert {
    condition     = length(aws_ecr_repository.this) == 2 && length(aws_ecr_lifecycle_policy.this) == 2
    error_message = "Each image must have a repository, and each repository a rule that deletes old images."
  }
}

run "lets_only_builds_of_main_grow_old" {
  command = plan

  assert {
    condition = alltrue([
      for rule in jsondecode(aws_ecr_lifecycle_policy.this["document-gateway"].policy).rules :
      rule.selection.tagStatus == "untagged" || try(rule.selection.tagPrefixList, []) == ["sha-"]
    ])
    error_message = "A release must never expire."
  }
}

run "keeps_a_way_back" {
  command = plan

  variables {
    keep_images = 3
  }

  expect_failures = [var.keep_images]
}

run "says_where_images_go" {
  assert {
    condition     = toset(keys(output.urls)) == toset(["document-gateway", "document-gateway-upstream"])
    error_message = "The addresses must be by the name of the image."
  }
}

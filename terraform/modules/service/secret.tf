# The API key. Terraform makes it up and hands it on; neither the plan nor the state has it. docs/aws.md: how to read it, how
# to have two while one replaces the other.

ephemeral "random_password" "api_key" {
  length  = 48
  special = false
}

resource "aws_secretsmanager_secret" "api_key" {
  # checkov:skip=CKV2_AWS_57:Consumers hold the key: it changes when they do, not by itself.
  name        = "${var.name}/api-key"
  description = "API_KEY of the gateway: one key, or several separated by commas"
  kms_key_id  = var.kms_key_arn
  # At once, or the next environment of the same name would find the name taken.
  recovery_window_in_days = var.protected ? 30 : 0
}

resource "aws_secretsmanager_secret_version" "api_key" {
  secret_id                = aws_secretsmanager_secret.api_key.id
  secret_string_wo         = ephemeral.random_password.api_key.result
  secret_string_wo_version = var.api_key_version
}

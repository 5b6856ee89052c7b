# The API key. Terraform generates it, but neither plan nor state contains it. docs/aws.md says how to read and how to
# rotate it.

ephemeral "random_password" "api_key" {
  length  = 48
  special = false
}

resource "aws_secretsmanager_secret" "api_key" {
  # checkov:skip=CKV2_AWS_57:Consumers have the API key: it cannot rotate automatically.
  name        = "${var.name}/api-key"
  description = "API_KEY of the gateway: one key, or several separated by commas"
  kms_key_id  = var.kms_key_arn
  # Without a delay, so that a new environment can use the name again.
  recovery_window_in_days = var.protected ? 30 : 0
}

resource "aws_secretsmanager_secret_version" "api_key" {
  secret_id                = aws_secretsmanager_secret.api_key.id
  secret_string_wo         = ephemeral.random_password.api_key.result
  secret_string_wo_version = var.api_key_version
}

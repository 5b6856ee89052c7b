# Applied once for an account, before anything else: the state of the environments, their shared registry, and GitHub
# as identity provider. Its own state is a file until backend.tf.example is renamed to backend.tf: docs/aws.md.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

module "key" {
  source = "../modules/key"

  name        = var.name
  description = "State and images of ${var.name}"
}

module "registry" {
  source = "../modules/registry"

  # The images of the service and of the stand-in upstream.
  repositories = [var.name, "${var.name}-upstream"]
  kms_key_arn  = module.key.arn
  force_delete = !var.protected
}

# AWS trusts the certificate of GitHub without a thumbprint.
resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

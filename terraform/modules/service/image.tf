# This parameter says which image runs. A deployment writes it after success, see .github/workflows/deploy-aws.yml, and
# Terraform reads it. So neither reverts the other. docs/decisions/0010 gives the reasons.
resource "aws_ssm_parameter" "image" {
  # checkov:skip=CKV2_AWS_34:The name of an image is not a secret.
  # checkov:skip=CKV_AWS_337:As above.
  name        = "/${var.name}/image"
  description = "The image of ${var.name} that runs, written by deployments"
  type        = "String"
  # Not `value`, which plans hide.
  insecure_value = var.initial_image

  lifecycle {
    ignore_changes = [insecure_value]
  }
}

output "role_arn" {
  description = "ARN of the role, for the variable AWS_DEPLOY_ROLE_ARN of the environment on GitHub."
  value       = aws_iam_role.this.arn

  # The role is useless without its policy.
  depends_on = [aws_iam_role_policy.this]
}

# Checks names, types and descriptions by the rules of Terraform, and arguments by those of AWS.
plugin "terraform" {
  enabled = true
  preset  = "all"
}

plugin "aws" {
  enabled = true
  version = "0.48.0"
  source  = "github.com/terraform-linters/tflint-ruleset-aws"
}

# A file for each topic is easier to read than one main.tf.
rule "terraform_standard_module_structure" {
  enabled = false
}

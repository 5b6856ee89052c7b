# Names, types and descriptions by the rules of Terraform itself; arguments by what AWS takes.
plugin "terraform" {
  enabled = true
  preset  = "all"
}

plugin "aws" {
  enabled = true
  version = "0.48.0"
  source  = "github.com/terraform-linters/tflint-ruleset-aws"
}

# A file for each topic reads better than one main.tf.
rule "terraform_standard_module_structure" {
  enabled = false
}

resource "aws_cloudwatch_log_group" "gateway" {
  # checkov:skip=CKV_AWS_338:The environment decides: production keeps logs for a year, staging for two weeks.
  name              = "/${var.name}/gateway"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

# The access log of the load balancer. It contains no headers, and so no API keys.
#
# This is the log bucket; logging access to it would need another.
# A load balancer cannot write to a bucket with a customer-managed key.
#trivy:ignore:AVD-AWS-0089 #trivy:ignore:AWS-0089 #trivy:ignore:AVD-AWS-0132 #trivy:ignore:AWS-0132
resource "aws_s3_bucket" "logs" {
  # checkov:skip=CKV_AWS_18:This is the log bucket; logging access to it would need another.
  # checkov:skip=CKV_AWS_144:Logs are only needed in their region.
  # checkov:skip=CKV_AWS_145:A load balancer cannot write to a bucket with a customer-managed key.
  # checkov:skip=CKV2_AWS_62:No process reacts to new logs.
  bucket        = "${var.name}-logs-${local.account}-${local.region}"
  force_destroy = !var.protected
}

resource "aws_s3_bucket_public_access_block" "logs" {
  bucket = aws_s3_bucket.logs.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "logs" {
  bucket = aws_s3_bucket.logs.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "logs" {
  bucket = aws_s3_bucket.logs.id

  versioning_configuration {
    status = "Enabled"
  }
}

# A load balancer cannot write to a bucket with a customer-managed key.
#trivy:ignore:AVD-AWS-0132 #trivy:ignore:AWS-0132
resource "aws_s3_bucket_server_side_encryption_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id

  rule {
    id     = "expire"
    status = "Enabled"

    filter {}

    expiration {
      days = var.log_retention_days
    }

    noncurrent_version_expiration {
      noncurrent_days = 7
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  depends_on = [aws_s3_bucket_versioning.logs]
}

resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.logs.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # The account in the path excludes the load balancers of others.
        Sid       = "LoadBalancer"
        Effect    = "Allow"
        Principal = { Service = "logdelivery.elasticloadbalancing.amazonaws.com" }
        Action    = "s3:PutObject"
        Resource  = "${local.logs_bucket_arn}/AWSLogs/${local.account}/*"
      },
      {
        Sid       = "TLS"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [local.logs_bucket_arn, "${local.logs_bucket_arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.logs]
}

locals {
  logs_bucket_arn = "arn:${local.partition}:s3:::${aws_s3_bucket.logs.bucket}"
}

resource "aws_cloudwatch_log_group" "gateway" {
  # checkov:skip=CKV_AWS_338:The environment decides: production keeps logs for a year, staging for two weeks.
  name              = "/${var.name}/gateway"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

# What the load balancer was asked, and what it answered. No header is in it, and so no key.
#
# It is the log; a log of the log would need another.
# A load balancer cannot write to a bucket that is encrypted with a key of one's own.
#trivy:ignore:AVD-AWS-0089 #trivy:ignore:AWS-0089 #trivy:ignore:AVD-AWS-0132 #trivy:ignore:AWS-0132
resource "aws_s3_bucket" "logs" {
  # checkov:skip=CKV_AWS_18:It is the log; a log of the log would need another.
  # checkov:skip=CKV_AWS_144:Logs of one region are worth nothing in another.
  # checkov:skip=CKV_AWS_145:A load balancer cannot write to a bucket that is encrypted with a key of one's own.
  # checkov:skip=CKV2_AWS_62:Nobody waits for a log.
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

# A load balancer cannot write to a bucket that is encrypted with a key of one's own.
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
        # The account in the path keeps the load balancers of others out.
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

# The registry and its schemas. Definitions are the files of schemas/, as the daemons have them; Glue checks each change against the versions there are.

resource "aws_glue_registry" "this" {
  registry_name = var.registry_name
  description   = var.description

  lifecycle {
    # Its schemas go with it, and another name would be another registry.
    prevent_destroy = true
  }
}

resource "aws_glue_schema" "this" {
  for_each = var.schemas

  registry_arn      = aws_glue_registry.this.arn
  schema_name       = each.key
  description       = each.value.description
  data_format       = each.value.format
  compatibility     = each.value.compatibility
  schema_definition = each.value.definition

  lifecycle {
    # Records carry the ids of its versions: without it they cannot be read.
    prevent_destroy = true
  }
}

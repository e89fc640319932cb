DELETE FROM dms.document WHERE documentpartitionkey = $1 AND documentuuid = $2
